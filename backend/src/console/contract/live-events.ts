import { z } from 'zod';
import { captureSchema, requestSummarySchema } from './requests.ts';
import { uploadSchema } from './resources.ts';
import { logLineSchema } from './settings.ts';
import { setupProgressSchema } from './setup.ts';
import { count, durationMs, timeMs } from './values.ts';
import { workerSchema, workerStateSchema } from './workers.ts';

/**
 * What `/console/api/events` sends: Server-Sent Events with these names and JSON data. State comes whole, so that a missed event
 * costs nothing; after a reconnect, and after `skipped` above 0, lists are to be fetched anew.
 */
export const liveEventSchemas = {
  /** First of each connection. */
  hello: z.object({ nowMs: timeMs, heartbeatMs: durationMs }),
  /** Every second. */
  pulse: z.object({
    nowMs: timeMs,
    requestsPerSecond: z.number(),
    failedPerSecond: z.number(),
    inFlight: count,
    waiting: count,
    workers: z.partialRecord(workerStateSchema, count),
  }),
  /** All workers, when one of them changed. */
  workers: z.object({ workers: z.array(workerSchema) }),
  /** What began or changed, each at most once, oldest first. */
  requests: z.object({
    requests: z.array(requestSummarySchema),
    /** More changed than are sent. */
    skipped: count,
  }),
  /** All uploads, when one of them moved. */
  uploads: z.object({ uploads: z.array(uploadSchema) }),
  /** Files or caches came or went: fetch the list. */
  resources: z.object({ changed: z.literal(true) }),
  logs: z.object({ lines: z.array(logLineSchema), skipped: count }),
  setup: setupProgressSchema,
  capture: captureSchema,
  /** The gateway stops; nothing follows. */
  bye: z.object({ reason: z.string() }),
} as const satisfies Record<string, z.ZodType>;

export type LiveEventName = keyof typeof liveEventSchemas;
export type LiveEventData<Name extends LiveEventName> = z.infer<(typeof liveEventSchemas)[Name]>;

/** Events that a subscriber may leave out; the others always come. */
export const topicSchema = z.enum(['pulse', 'workers', 'requests', 'uploads', 'resources', 'logs', 'setup', 'capture']);
export type Topic = z.infer<typeof topicSchema>;

/** `topics=pulse,workers`; without it all of them. */
export const eventsQuerySchema = z.object({ topics: z.string().max(200).optional() });
