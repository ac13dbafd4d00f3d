import { z } from 'zod';
import { count, durationMs, timeMs } from './values.ts';
import { workerStateSchema } from './workers.ts';

export const rangeSchema = z.enum(['15m', '1h', '24h']);
export type Range = z.infer<typeof rangeSchema>;
export const overviewQuerySchema = z.object({ range: rangeSchema.default('15m') });

/** `null` where nothing was measured. */
const percentilesSchema = z.object({ p50: durationMs, p95: durationMs, p99: durationMs }).nullable();
export type Percentiles = z.infer<typeof percentilesSchema>;

const trafficSchema = z.object({
  /** Requests that ended, however they did. */
  requests: count,
  /** By the gateway's own errors, and answers of the upstream with a status from 400 on. */
  failed: count,
  cancelled: count,
  requestsPerSecond: z.number(),
  latencyMs: percentilesSchema,
  firstByteMs: percentilesSchema,
  tokensIn: count,
  tokensOut: count,
});

const workersByStateSchema = z.partialRecord(workerStateSchema, count);

const overviewPointSchema = trafficSchema.extend({
  /** Start of the step. */
  atMs: timeMs,
  inFlight: count,
  waiting: count,
  workers: workersByStateSchema,
});
export type OverviewPoint = z.infer<typeof overviewPointSchema>;

/** `source` says who answered with it: the gateway, by a reason of docs/errors.md, or the Gemini API, by its status (`HTTP_429`). */
const errorCountSchema = z.object({ reason: z.string(), source: z.enum(['gateway', 'upstream']), count });
export type ErrorCount = z.infer<typeof errorCountSchema>;

export const overviewSchema = z.object({
  range: rangeSchema,
  stepMs: durationMs,
  nowMs: timeMs,
  /** Oldest first, without gaps; the last one is still filling. */
  points: z.array(overviewPointSchema),
  totals: trafficSchema,
  /** Most frequent first. */
  errors: z.array(errorCountSchema),
  now: z.object({ inFlight: count, waiting: count, workers: workersByStateSchema }),
});
export type Overview = z.infer<typeof overviewSchema>;
