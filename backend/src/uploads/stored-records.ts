import { z } from 'zod';
import type { UploadRecord as UploadRow, UploadTable } from '../store/store.ts';
import type { UploadRecord, UploadRecords } from './upload-record.ts';

/** What the store keeps of an upload as one text. */
const details = z.object({
  dialect: z.enum(['command', 'range']),
  target: z.string(),
  contentType: z.string().optional(),
  fileName: z.string().optional(),
  metadata: z.base64(),
  acknowledgedBytes: z.number(),
  touchedAtMs: z.number(),
  granularityBytes: z.number().optional(),
});

const states = z.enum(['receiving', 'received', 'final', 'cancelled']);

/** The records of uploads in the gateway's store. */
export function storedRecords(table: UploadTable): UploadRecords {
  return {
    all: () => table.all().flatMap((row) => fromRow(row) ?? []),
    save: (record) => table.put(toRow(record)),
    delete: (id) => table.delete(id),
  };
}

function toRow(record: UploadRecord): UploadRow {
  const { id, dialect, target, contentType, fileName, metadata, acknowledgedBytes, touchedAtMs, upstream } = record;
  const start: z.input<typeof details> = {
    dialect,
    target,
    contentType,
    fileName,
    metadata: Buffer.from(metadata).toString('base64'),
    acknowledgedBytes,
    touchedAtMs,
    granularityBytes: upstream?.granularityBytes,
  };
  return {
    id,
    version: /\/upload\/([^/]+)\//.exec(target)?.[1] ?? '',
    createdAtMs: record.createdAtMs,
    totalBytes: record.declaredBytes,
    state: record.state,
    protocol: dialect,
    start: JSON.stringify(start),
    spoolFile: id,
    account: upstream?.account,
    upstreamUrl: upstream?.path,
    answer: record.answer,
  };
}

/** `undefined` for a row of another version of the gateway, which nobody can go on with. */
function fromRow(row: UploadRow): UploadRecord | undefined {
  const state = states.safeParse(row.state);
  const parsed = details.safeParse(parseJson(row.start));
  if (!state.success || !parsed.success) return undefined;
  const { dialect, target, contentType, fileName, metadata, acknowledgedBytes, touchedAtMs, granularityBytes } = parsed.data;
  const { id, createdAtMs, totalBytes, account, upstreamUrl, answer } = row;
  const isBegun = account !== undefined && granularityBytes !== undefined;
  return {
    id,
    dialect,
    target,
    contentType,
    fileName,
    declaredBytes: totalBytes,
    metadata: new Uint8Array(Buffer.from(metadata, 'base64')),
    state: state.data,
    createdAtMs,
    touchedAtMs,
    acknowledgedBytes,
    upstream: isBegun ? { account, path: upstreamUrl, granularityBytes } : undefined,
    answer: answer === undefined ? undefined : { ...answer, body: new Uint8Array(answer.body) },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
