import { z } from 'zod';

const detailSchema = z.looseObject({
  '@type': z.string(),
  /** Of docs/errors.md. */
  reason: z.string().optional(),
  domain: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

/** Every error of the console's API, in the same form as on the paths of the Gemini API. */
export const consoleErrorSchema = z.object({
  error: z.object({ code: z.int(), message: z.string(), status: z.string(), details: z.array(detailSchema).optional() }),
});
export type ConsoleErrorBody = z.infer<typeof consoleErrorSchema>;

/** The reason of docs/errors.md, `undefined` where the answer is not one of the gateway's. */
export function reasonOf(body: ConsoleErrorBody): string | undefined {
  return body.error.details?.find(({ domain }) => domain === 'gemini-proxy')?.reason;
}
