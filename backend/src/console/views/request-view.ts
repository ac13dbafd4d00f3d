import { isUtf8 } from 'node:buffer';
import { parseOperation } from '@gemini-proxy/gemini';
import type { HeaderList } from '@gemini-proxy/protocol';
import type { GatewayErrorReason } from '../../errors.ts';
import type { CapturedBody as KeptBody } from '../../requests/captured-body.ts';
import type { RequestRecord } from '../../requests/request-record.ts';
import type {
  CapturedBody,
  RequestDetail,
  RequestQuery,
  RequestState,
  RequestSummary,
  TimelinePoint,
} from '../contract/requests.ts';

export function toSummary(record: RequestRecord): RequestSummary {
  const { facts, end, attempts, worker, status, tokens } = record;
  return {
    id: record.id,
    kind: facts.kind,
    atMs: record.atMs,
    method: facts.method,
    path: facts.path,
    operation: facts.operation,
    model: parseOperation(facts.method, facts.path).model ?? null,
    state: stateOf(record),
    status: status ?? end?.error?.httpStatus ?? null,
    reason: end?.error?.reason ?? null,
    workerId: worker?.id ?? null,
    account: worker?.account ?? null,
    attempts: attempts.length,
    firstByteMs: rounded(record.firstByteMs),
    durationMs: rounded(record.endedMs),
    requestBytes: end?.requestBytes ?? record.requestBody?.byteCount ?? 0,
    responseBytes: end?.responseBytes ?? record.answerBody?.byteCount ?? 0,
    tokensIn: tokens?.tokensIn ?? null,
    tokensOut: tokens?.tokensOut ?? null,
    isCaptured: record.isCaptured,
  };
}

export function toDetail(record: RequestRecord): RequestDetail {
  const { facts, end, status, attempts, requestHeaders, answerHeaders } = record;
  const error = end?.error;
  return {
    ...toSummary(record),
    timeline: toTimeline(record),
    attemptList: attempts.map(({ id, account, startedMs, endedMs, error: failure }, index) => ({
      number: index + 1,
      workerId: id,
      account,
      startedMs: rounded(startedMs) ?? 0,
      endedMs: rounded(endedMs),
      error: failure ?? null,
    })),
    request: { headers: toPairs(requestHeaders), body: toBody(record.requestBody, requestHeaders) },
    response:
      status === undefined ? null : { status, headers: toPairs(answerHeaders), body: toBody(record.answerBody, answerHeaders) },
    error: error === undefined ? null : { reason: error.reason, message: error.logMessage },
    notes: [...(end?.notes ?? [])],
    canReplay: canReplay(record),
    replayOf: facts.replayOf ?? null,
  };
}

/** Whether the whole request is at hand, and was let in. A body that was not waited for is not whole. */
export function canReplay(record: RequestRecord): boolean {
  const { facts, end, requestBody, requestHeaders } = record;
  if (facts.kind !== 'http' || end === undefined || stateOf(record) === 'refused') return false;
  const announced = requestHeaders.find(([name]) => name === 'content-length')?.[1];
  const isAll = announced === undefined || Number(announced) === requestBody?.byteCount;
  return isAll && requestBody?.isWhole === true && requestBody.byteCount === end.requestBytes;
}

/** Whether a record is wanted. */
export function matches(record: RequestRecord, query: RequestQuery): boolean {
  const summary = toSummary(record);
  const { state, status, operation, model, worker, account, reason, search } = query;
  if (state !== undefined && summary.state !== state) return false;
  if (status !== undefined && !fitsStatus(summary.status, status)) return false;
  if (operation !== undefined && summary.operation !== operation) return false;
  if (model !== undefined && summary.model !== model) return false;
  if (worker !== undefined && summary.workerId !== worker) return false;
  if (account !== undefined && summary.account !== account) return false;
  if (reason !== undefined && summary.reason !== reason) return false;
  if (search === undefined || search === '') return true;
  const { id, path, operation: name, workerId, account: whose } = summary;
  return [id, path, name, workerId, whose].some((text) => text?.toLowerCase().includes(search.toLowerCase()));
}

/** Errors of requests that were not let in. */
const doorReasons: ReadonlySet<GatewayErrorReason> = new Set<GatewayErrorReason>(['CLIENT_KEY_MISSING', 'CLIENT_KEY_INVALID']);

function stateOf({ end, attempts }: RequestRecord): RequestState {
  if (end?.error !== undefined && doorReasons.has(end.error.reason)) return 'refused';
  if (end !== undefined) return end.outcome;
  return attempts.length === 0 ? 'queued' : 'running';
}

function fitsStatus(status: number | null, wanted: string): boolean {
  if (status === null) return false;
  return wanted.endsWith('xx') ? Math.floor(status / 100) === Number(wanted[0]) : status === Number(wanted);
}

function toTimeline({ queuedMs, sentMs, firstByteMs, endedMs, end, attempts }: RequestRecord): TimelinePoint[] {
  const point = (kind: TimelinePoint['kind'], atMs: number | undefined, rest: Partial<TimelinePoint> = {}): TimelinePoint[] =>
    atMs === undefined ? [] : [{ kind, atMs: rounded(atMs) ?? 0, attempt: null, workerId: null, note: null, ...rest }];
  const last = attempts.length === 0 ? {} : { attempt: attempts.length, workerId: attempts.at(-1)?.id ?? null };
  return [
    ...point('received', 0),
    ...point('queued', queuedMs),
    ...attempts.flatMap(({ id, startedMs, error }, index) =>
      point('leased', startedMs, { attempt: index + 1, workerId: id, note: error ?? null }),
    ),
    ...point('sent', sentMs, last),
    ...point('first-byte', firstByteMs, last),
    ...point('end', endedMs, { note: end?.error?.logMessage ?? null }),
  ].sort((one, other) => one.atMs - other.atMs);
}

function toBody(body: KeptBody | undefined, headers: HeaderList): CapturedBody | null {
  const content = body?.content;
  if (body === undefined || content === undefined) return null;
  const isText = isUtf8(content) || isUtf8(withoutBrokenEnd(content));
  return {
    bytes: body.byteCount,
    isTruncated: !body.isWhole,
    contentType: headers.find(([name]) => name === 'content-type')?.[1] ?? null,
    encoding: isText ? 'utf8' : 'base64',
    content: isText ? content.toString('utf8') : content.toString('base64'),
  };
}

/** What was cut may end within a character. */
function withoutBrokenEnd(content: Buffer): Buffer {
  return content.subarray(0, Math.max(0, content.findLastIndex((byte) => byte < 0x80) + 1));
}

function toPairs(headers: HeaderList): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}

/** To a hundredth of a millisecond. */
function rounded(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.round(milliseconds * 100) / 100;
}
