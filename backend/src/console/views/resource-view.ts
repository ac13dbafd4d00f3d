import type { ResourceRecord } from '../../store/store.ts';
import type { UploadView } from '../../uploads/upload-view.ts';
import type { Resource, Upload } from '../contract/resources.ts';

export function toResource(record: ResourceRecord, isOwnerReady: boolean): Resource {
  const printed = parse(record.answer?.body);
  const size = Number(textOf(printed.sizeBytes) ?? Number.NaN);
  return {
    name: record.name,
    kind: record.kind,
    account: record.account,
    isOwnerReady,
    state: record.state ?? null,
    displayName: textOf(printed.displayName) ?? null,
    mimeType: textOf(printed.mimeType) ?? null,
    sizeBytes: Number.isFinite(size) ? size : null,
    expiresAtMs: record.expiresAtMs ?? null,
  };
}

export function toUpload(view: UploadView): Upload {
  return {
    id: view.id,
    createdAtMs: view.createdAtMs,
    displayName: view.displayName ?? null,
    mimeType: view.mimeType ?? null,
    state: view.state,
    totalBytes: view.totalBytes ?? null,
    receivedBytes: view.receivedBytes,
    account: view.account ?? null,
    status: view.status ?? null,
  };
}

/** What is kept of what the Gemini API printed. */
function parse(body: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  try {
    return { ...JSON.parse(Buffer.from(body).toString('utf8')) };
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
