import type { WorkerDeadlines } from './worker.ts';

/** Generous, since thinking models take minutes; a hook that stays pending for ever is what they are for. */
export const defaultDeadlines: WorkerDeadlines = {
  connectMs: 10_000,
  probeMs: 15_000,
  idleProbeMs: 120_000,
  firstByteMs: 600_000,
  socketOpenMs: 30_000,
  socketCloseMs: 10_000,
  idleMs: 300_000,
  drainMs: 300_000,
};
