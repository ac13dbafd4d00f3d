import { converse, type LiveStep } from './live-conversation.ts';
import { type RawAnswer, type RawRequest, sendRaw } from './raw-request.ts';
import type { Surface } from './surface.ts';

/** A request against a surface; the key is added where the call does not say otherwise. */
export interface SurfaceCall extends Omit<RawRequest, 'url'> {
  /** Path with query, or a whole URL that an answer has named. */
  readonly path: string;
  readonly isKeyless?: boolean;
}

/** Makes the calls of one case and keeps all answers. */
export class Caller {
  readonly answers: RawAnswer[] = [];
  readonly #surface: Pick<Surface, 'baseUrl' | 'apiKey'>;

  constructor(surface: Pick<Surface, 'baseUrl' | 'apiKey'>) {
    this.#surface = surface;
  }

  async send({ path, headers, isKeyless = false, ...request }: SurfaceCall): Promise<RawAnswer> {
    const { baseUrl, apiKey } = this.#surface;
    const answer = await sendRaw({
      ...request,
      url: path.startsWith('http') ? path : baseUrl + path,
      headers: { 'accept-encoding': 'identity', ...(isKeyless ? {} : { 'x-goog-api-key': apiKey }), ...headers },
    });
    this.answers.push(answer);
    return answer;
  }

  /** Holds a session of the Live API. */
  async converse(path: string, steps: readonly LiveStep[]): Promise<RawAnswer> {
    const { baseUrl, apiKey } = this.#surface;
    const answer = await converse(`${baseUrl}${path}?key=${apiKey}`, steps);
    this.answers.push(answer);
    return answer;
  }

  get(path: string): Promise<RawAnswer> {
    return this.send({ method: 'GET', path });
  }

  /** Sends JSON; a string goes as it is. */
  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
    return this.send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  delete(path: string): Promise<RawAnswer> {
    return this.send({ method: 'DELETE', path });
  }
}

/** The value of a header of an answer. */
export function headerOf(answer: RawAnswer, wanted: string): string {
  const found = answer.headers.find(([name]) => name === wanted);
  if (found === undefined) throw new Error(`The answer has no header ${wanted}.`);
  return found[1];
}

/** A string field of an answer's JSON, found by its path. */
export function textAt(answer: RawAnswer, ...path: readonly string[]): string {
  let value: unknown = JSON.parse(answer.body.toString());
  for (const name of path) value = Reflect.get(Object(value), name);
  if (typeof value !== 'string') throw new Error(`No string at ${path.join('.')} of ${answer.body}`);
  return value;
}
