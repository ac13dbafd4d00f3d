import { z } from 'zod';
import type { HttpRequest } from '../http-request.ts';
import { codeOf } from './check-data-folder.ts';
import { type Finding, note, ok, problem } from './finding.ts';

export interface CallFacts {
  readonly request: HttpRequest;
  readonly url: string;
  readonly clientKey: string;
  readonly now: () => number;
}

/** A probe of a page takes seconds at worst. */
const timeoutMs = 30_000;

const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    status: z.string().optional(),
    details: z.array(z.looseObject({ domain: z.string().optional(), reason: z.string().optional() })).optional(),
  }),
});

/** Makes one real call that costs nothing, through gateway and worker, as a program does. */
export async function checkCall({ request, url, clientKey, now }: CallFacts): Promise<Finding> {
  const startedAt = now();
  let response: Response;
  let text: string;
  try {
    response = await request(`${url}/v1beta/models?pageSize=1`, {
      headers: { 'x-goog-api-key': clientKey },
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return problem(
      'call',
      `A real call failed without an answer (${codeOf(error)}).`,
      'Look at the log of the gateway: gemini-proxy logs.',
    );
  }
  if (response.status === 200) return ok('call', `A real call was answered in ${Math.round(now() - startedAt)} ms.`);
  return explain(response.status, text);
}

function explain(status: number, text: string): Finding {
  const { error } = errorSchema.safeParse(parseJson(text)).data ?? {};
  const own = error?.details?.find(({ domain }) => domain === 'gemini-proxy')?.reason;
  const what = `A real call was answered with ${status} ${own ?? error?.status ?? ''}: ${error?.message ?? text.slice(0, 200)}`;
  if (own === 'CLIENT_KEY_INVALID') {
    return problem('call', what, 'The gateway that runs there has another data folder: name it with --data-folder.');
  }
  if (own !== undefined) return problem('call', what, `The message says what to do; docs/errors.md explains ${own}.`);
  if (status === 429) return note('call', what, "The account's quota is used up for now: wait, as the answer says.");
  if (status === 401 || status === 403 || status === 400) {
    return problem(
      'call',
      what,
      'The Gemini API refuses the worker: sign in to AI Studio again and reload the page, or check the official key.',
    );
  }
  if (status >= 500) return problem('call', what, 'The Gemini API has a fault of its own: try again later.');
  return problem('call', what, 'Something else than a gateway answers there, or before it: check address and proxies.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
