import { z } from 'zod';
import { timeMs } from './values.ts';

/** Where the one-time code stands in the console's link: `/console#code=…`. */
export const codeParameter = 'code';

export const signInSchema = z.object({ code: z.string().min(1).max(200) });
export type SignIn = z.infer<typeof signInSchema>;

const gatewayInfoSchema = z.object({
  version: z.string(),
  startedAtMs: timeMs,
  nowMs: timeMs,
  node: z.string(),
  platform: z.string(),
  arch: z.string(),
  processId: z.int(),
  /** Base URL for programs, as this request came in. */
  baseUrl: z.string(),
  dataFolder: z.string(),
});
export type GatewayInfo = z.infer<typeof gatewayInfoSchema>;

/** Asking needs no sign-in, so that a page can look without a failed request. */
export const sessionSchema = z.discriminatedUnion('signedIn', [
  z.object({ signedIn: z.literal(false), languages: z.array(z.string()) }),
  z.object({
    signedIn: z.literal(true),
    /** `cookie`: a browser; `token`: the command line, with the admin token. */
    by: z.enum(['cookie', 'token']),
    expiresAtMs: timeMs.nullable(),
    /** What the browser says it prefers, best first: `zh-CN`, `en`. */
    languages: z.array(z.string()),
    gateway: gatewayInfoSchema,
  }),
]);
export type Session = z.infer<typeof sessionSchema>;

/** A one-time link into the console. */
export const consoleLinkSchema = z.object({ url: z.string(), code: z.string(), expiresAtMs: timeMs });
export type ConsoleLink = z.infer<typeof consoleLinkSchema>;
