import { createHash } from 'node:crypto';
import { parseLenientJson } from '@gemini-proxy/gemini';
import type { UploadSession } from './upload-session.ts';

/** An upload as people may see it. */
export interface UploadView {
  /** Made from the upload's own id, which is a secret. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly displayName: string | undefined;
  readonly mimeType: string | undefined;
  readonly state: 'receiving' | 'sending' | 'final' | 'cancelled';
  /** `undefined` while its client has not said it. */
  readonly totalBytes: number | undefined;
  readonly receivedBytes: number;
  readonly account: string | undefined;
  /** Of the answer that its client got. */
  readonly status: number | undefined;
}

export function toUploadView({ id, record, receivedBytes, writtenBytes }: UploadSession): UploadView {
  const { state, createdAtMs, contentType, fileName, declaredBytes, metadata, upstream, answer } = record;
  return {
    id: publicUploadId(id),
    createdAtMs,
    displayName: displayNameOf(metadata) ?? fileName,
    mimeType: contentType,
    state: state === 'received' ? 'sending' : state,
    totalBytes: state === 'receiving' ? declaredBytes : receivedBytes,
    receivedBytes: writtenBytes,
    account: upstream?.account,
    status: answer?.status,
  };
}

export function publicUploadId(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 12);
}

function displayNameOf(metadata: Uint8Array): string | undefined {
  if (metadata.length === 0) return undefined;
  try {
    const whole = parseLenientJson(Buffer.from(metadata).toString('utf8'));
    return (
      textMember(memberOf(whole, 'file') ?? whole, 'displayName') ?? textMember(memberOf(whole, 'file') ?? whole, 'display_name')
    );
  } catch {
    return undefined;
  }
}

function textMember(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
