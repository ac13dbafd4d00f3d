import { z } from 'zod';
import { byteCount, count, durationMs, headerList, timeMs } from './values.ts';

/** `refused`: not let in, for its client key. */
export const requestStateSchema = z.enum(['queued', 'running', 'completed', 'failed', 'cancelled', 'refused']);
export type RequestState = z.infer<typeof requestStateSchema>;

export const requestSummarySchema = z.object({
  id: z.string(),
  /** `live`: a WebSocket of the Live API. */
  kind: z.enum(['http', 'live']),
  atMs: timeMs,
  method: z.string(),
  /** With query, without credentials. */
  path: z.string(),
  /** `models.generateContent`, … */
  operation: z.string(),
  model: z.string().nullable(),
  state: requestStateSchema,
  /** Of the upstream's answer, or of the gateway's own. */
  status: z.int().nullable(),
  /** Of docs/errors.md, where the gateway answered for itself. */
  reason: z.string().nullable(),
  workerId: z.string().nullable(),
  account: z.string().nullable(),
  attempts: count,
  /** From the start. */
  firstByteMs: durationMs.nullable(),
  durationMs: durationMs.nullable(),
  requestBytes: byteCount,
  responseBytes: byteCount,
  tokensIn: count.nullable(),
  tokensOut: count.nullable(),
  /** Its bodies are there to be shown. */
  isCaptured: z.boolean(),
});
export type RequestSummary = z.infer<typeof requestSummarySchema>;

const timelinePointSchema = z.object({
  kind: z.enum(['received', 'queued', 'leased', 'sent', 'first-byte', 'end']),
  /** From the start. */
  atMs: durationMs,
  /** Counts from 1; `null` for points of the whole request. */
  attempt: count.nullable(),
  workerId: z.string().nullable(),
  /** What ended it, or why it was tried again. */
  note: z.string().nullable(),
});
export type TimelinePoint = z.infer<typeof timelinePointSchema>;

const attemptSchema = z.object({
  number: count,
  workerId: z.string(),
  account: z.string(),
  startedMs: durationMs,
  endedMs: durationMs.nullable(),
  /** Why it failed; `null`: it did not. */
  error: z.string().nullable(),
});
export type AttemptView = z.infer<typeof attemptSchema>;

const capturedBodySchema = z.object({
  /** Of the whole body. */
  bytes: byteCount,
  isTruncated: z.boolean(),
  contentType: z.string().nullable(),
  /** `base64` where the kept bytes are not valid UTF-8, such as compressed ones. */
  encoding: z.enum(['utf8', 'base64']),
  content: z.string(),
});
export type CapturedBody = z.infer<typeof capturedBodySchema>;

export const requestDetailSchema = requestSummarySchema.extend({
  timeline: z.array(timelinePointSchema),
  attemptList: z.array(attemptSchema),
  request: z.object({ headers: headerList, body: capturedBodySchema.nullable() }),
  /** `null` before its head. */
  response: z.object({ status: z.int(), headers: headerList, body: capturedBodySchema.nullable() }).nullable(),
  error: z.object({ reason: z.string(), message: z.string() }).nullable(),
  /** What was found out about it before it was handled. */
  notes: z.array(z.string()),
  /** Whether everything that a replay needs is kept. */
  canReplay: z.boolean(),
  replayOf: z.string().nullable(),
});
export type RequestDetail = z.infer<typeof requestDetailSchema>;

export const requestQuerySchema = z.object({
  state: requestStateSchema.optional(),
  /** `2xx` to `5xx`, or one status. */
  status: z
    .string()
    .regex(/^[2-5](xx|\d\d)$/)
    .optional(),
  operation: z.string().max(200).optional(),
  model: z.string().max(200).optional(),
  worker: z.string().max(200).optional(),
  account: z.string().max(200).optional(),
  reason: z.string().max(200).optional(),
  /** Part of id, path, operation, worker or account, in any case. */
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** Id of the last one of the page before. */
  before: z.string().max(200).optional(),
});
export type RequestQuery = z.infer<typeof requestQuerySchema>;

export const requestListSchema = z.object({
  /** Newest first. */
  requests: z.array(requestSummarySchema),
  /** What to ask for as `before` to get older ones; `null`: these were the last. */
  nextBefore: z.string().nullable(),
  /** Kept at all, and at most. */
  kept: count,
  capacity: count,
});
export type RequestList = z.infer<typeof requestListSchema>;

export const replaySchema = z.object({ id: z.string() });

export const captureChangeSchema = z.object({
  isOn: z.boolean(),
  /** Of one body. */
  maxBodyBytes: z
    .int()
    .min(1024)
    .max(4 * 1024 ** 2)
    .optional(),
  /** Whose bodies are kept at once. */
  maxRequests: z.int().min(1).max(500).optional(),
});
export type CaptureChange = z.infer<typeof captureChangeSchema>;

export const captureSchema = z.object({
  isOn: z.boolean(),
  maxBodyBytes: byteCount,
  maxRequests: count,
  /** Of all bodies together, whatever the other two allow. */
  maxTotalBytes: byteCount,
  keptRequests: count,
  keptBytes: byteCount,
});
export type Capture = z.infer<typeof captureSchema>;
