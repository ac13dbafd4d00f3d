import { z } from 'zod';
import { byteCount, count } from './values.ts';

export const setupStepSchema = z.enum(['waiting', 'connected', 'probing', 'needs-interaction', 'refused', 'ready']);
export type SetupStep = z.infer<typeof setupStepSchema>;

/** How far the best worker page is. */
export const setupProgressSchema = z.object({
  /** `waiting`: for a page; `connected`: just now; then what its probe says. */
  step: setupStepSchema,
  workerId: z.string().nullable(),
  account: z.string().nullable(),
  /** For people; may be empty. */
  reason: z.string(),
  readyWorkers: count,
  /** Programs were answered since the gateway started. */
  answered: count,
});
export type SetupProgress = z.infer<typeof setupProgressSchema>;

export const setupSchema = z.object({
  progress: setupProgressSchema,
  /** For programs. */
  baseUrl: z.string(),
  /** For programs that speak OpenAI's API. */
  openAiBaseUrl: z.string(),
  clientKey: z.string(),
  /** A model to try. */
  model: z.string(),
  pairing: z.object({
    /** WebSocket address for the worker page. */
    endpoint: z.string(),
    token: z.string(),
    /** `#endpoint=…&token=…` */
    fragment: z.string(),
    /** Address and token in one, to be pasted into the worker page. */
    link: z.string(),
    /** The page that carries the socket where the browser keeps AI Studio from reaching this machine. */
    bridgeUrl: z.string(),
    /** `wss://…`, where the gateway has TLS. */
    isSecure: z.boolean(),
  }),
});
export type Setup = z.infer<typeof setupSchema>;

const pageFileSchema = z.object({ path: z.string(), bytes: byteCount, text: z.string() });
export const workerPageSchema = z.object({
  /** Without a build there are no files; `npm run build` makes them. */
  isBuilt: z.boolean(),
  files: z.array(pageFileSchema),
  /** The few to be pasted by hand, in place of `files`. */
  pasteFiles: z.array(pageFileSchema),
});
export type WorkerPage = z.infer<typeof workerPageSchema>;
