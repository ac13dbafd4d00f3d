import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { HeaderList } from '@gemini-proxy/protocol';
import {
  type KeptFileRecord,
  type KeyRecord,
  type ResourceRecord,
  type StoredAnswer,
  StoreError,
  type UploadRecord,
} from './store.ts';

/** A row as the database gives it: every value is checked as it is read. */
export type Row = Record<string, SQLOutputValue>;

export function toResourceRow(resource: ResourceRecord): readonly SQLInputValue[] {
  const { name, account, kind, state, answer, answerPath, expiresAtMs } = resource;
  return [name, account, kind, state ?? null, ...toAnswerColumns(answer), expiresAtMs ?? null, answerPath ?? null];
}

export function fromResourceRow(row: Row): ResourceRecord {
  return {
    name: text(row, 'name'),
    account: text(row, 'account'),
    kind: text(row, 'kind'),
    state: optionalText(row, 'state'),
    answer: fromAnswerColumns(row),
    answerPath: optionalText(row, 'answer_path'),
    expiresAtMs: optionalNumber(row, 'expires_at_ms'),
  };
}

export function toUploadRow(upload: UploadRecord): readonly SQLInputValue[] {
  const { id, version, createdAtMs, totalBytes, state, protocol, start, spoolFile, account, upstreamUrl, answer } = upload;
  const known = [id, version, createdAtMs, totalBytes ?? null, state, protocol, start, spoolFile];
  return [...known, account ?? null, upstreamUrl ?? null, ...toAnswerColumns(answer)];
}

export function fromUploadRow(row: Row): UploadRecord {
  return {
    id: text(row, 'id'),
    version: text(row, 'version'),
    createdAtMs: number(row, 'created_at_ms'),
    totalBytes: optionalNumber(row, 'total_bytes'),
    state: text(row, 'state'),
    protocol: text(row, 'protocol'),
    start: text(row, 'start'),
    spoolFile: text(row, 'spool_file'),
    account: optionalText(row, 'account'),
    upstreamUrl: optionalText(row, 'upstream_url'),
    answer: fromAnswerColumns(row),
  };
}

export function toKeptFileRow(file: KeptFileRecord): readonly SQLInputValue[] {
  return [file.name, file.spoolFile, file.byteCount, file.keptAtMs, file.expiresAtMs, file.details];
}

export function fromKeptFileRow(row: Row): KeptFileRecord {
  return {
    name: text(row, 'name'),
    spoolFile: text(row, 'spool_file'),
    byteCount: number(row, 'byte_count'),
    keptAtMs: number(row, 'kept_at_ms'),
    expiresAtMs: number(row, 'expires_at_ms'),
    details: text(row, 'details'),
  };
}

export function toKeyRow(key: KeyRecord): readonly SQLInputValue[] {
  return [key.id, key.name, key.hash, key.start, key.createdAtMs, key.lastUsedAtMs ?? null];
}

export function fromKeyRow(row: Row): KeyRecord {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    hash: text(row, 'hash'),
    start: text(row, 'start'),
    createdAtMs: number(row, 'created_at_ms'),
    lastUsedAtMs: optionalNumber(row, 'last_used_at_ms'),
  };
}

export function fromLabelRow(row: Row): readonly [string, string] {
  return [text(row, 'worker_id'), text(row, 'label')];
}

function toAnswerColumns(answer: StoredAnswer | undefined): readonly SQLInputValue[] {
  return answer === undefined ? [null, null, null] : [answer.status, JSON.stringify(answer.headers), answer.body];
}

function fromAnswerColumns(row: Row): StoredAnswer | undefined {
  const status = optionalNumber(row, 'answer_status');
  const headers = optionalText(row, 'answer_headers');
  const body = row.answer_body;
  if (status === undefined || headers === undefined || !(body instanceof Uint8Array)) return undefined;
  return { status, headers: toHeaderList(JSON.parse(headers)), body };
}

function toHeaderList(value: unknown): HeaderList {
  if (!Array.isArray(value)) throw unexpected('answer_headers');
  return value.map((pair: unknown) => {
    const [name, content]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof name !== 'string' || typeof content !== 'string') throw unexpected('answer_headers');
    return [name, content];
  });
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(column);
  return value;
}

function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(column);
  return value;
}

function optionalNumber(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : number(row, column);
}

function unexpected(column: string): StoreError {
  return new StoreError(`The store holds something unexpected in column ${column}.`);
}
