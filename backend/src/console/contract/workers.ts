import { z } from 'zod';
import { count, durationMs, timeMs } from './values.ts';

/** `paused`: in its page, or by a user of the console. */
export const workerStateSchema = z.enum([
  'probing',
  'ready',
  'needs-interaction',
  'refused',
  'paused',
  'suspended',
  'draining',
  'gone',
]);
export type ConsoleWorkerState = z.infer<typeof workerStateSchema>;

export const workerSchema = z.object({
  id: z.string(),
  /** What a user calls it; kept over restarts. */
  label: z.string().nullable(),
  account: z.string(),
  kind: z.enum(['aistudio', 'keyed', 'emulator']),
  state: workerStateSchema,
  /** For people: why it is in this state; may be empty. */
  reason: z.string(),
  /** When it came into this state. */
  sinceMs: timeMs,
  connectedAtMs: timeMs,
  /** A user holds it back: it gets no new requests until it is resumed. */
  isPaused: z.boolean(),
  /** Requests that it is given at once: what it offers, or fewer where it has shown fewer. */
  slots: count,
  offeredSlots: count,
  inFlight: count,
  /** How far it is trusted while it is ready; only a `good` one gets its full share. */
  health: z.enum(['good', 'suspect', 'failing', 'on-trial']),
  /** Requests that it ended since it connected, failed ones included. */
  served: count,
  failed: count,
  /** Part of its last requests that failed, 0 to 1; `null` before the first. */
  errorRate: z.number().nullable(),
  /** Median of its last requests. */
  latencyMs: durationMs.nullable(),
  capabilities: z.array(z.string()),
});
export type ConsoleWorker = z.infer<typeof workerSchema>;

export const workerListSchema = z.object({ workers: z.array(workerSchema) });

export const workerActionSchema = z.enum(['pause', 'resume', 'drain', 'disconnect']);
export type WorkerAction = z.infer<typeof workerActionSchema>;

export const workerChangeSchema = z.object({ label: z.string().trim().max(60).nullable() });
export type WorkerChange = z.infer<typeof workerChangeSchema>;
