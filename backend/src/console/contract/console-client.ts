import { type ConsoleErrorBody, consoleErrorSchema, reasonOf } from './errors.ts';
import { apiPath, type ConsoleRoute, consoleRoutes, type RouteAnswer, type RouteInput, type RouteName } from './routes.ts';

export interface ConsoleClientOptions {
  /** Without a path; empty for the page's own origin. */
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
  /** For the command line: `authorization: Bearer` and the admin token. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is not a success. */
export class ConsoleError extends Error {
  readonly status: number;
  /** Of docs/errors.md; `undefined` where something else than the gateway answered. */
  readonly reason: string | undefined;

  constructor(status: number, body: ConsoleErrorBody | undefined) {
    super(body?.error.message ?? `The gateway answered with status ${status}.`);
    this.name = 'ConsoleError';
    this.status = status;
    this.reason = body === undefined ? undefined : reasonOf(body);
  }
}

export interface ConsoleClient {
  /** Throws `ConsoleError` for an error of the gateway's, and what `fetch` throws. */
  call<Name extends RouteName>(name: Name, input: RouteInput<Name>, signal?: AbortSignal): Promise<RouteAnswer<Name>>;
  /** Address of a call that gives no JSON: `streamEvents`, `getWorkerPageZip`. */
  urlOf<Name extends RouteName>(name: Name, input: RouteInput<Name>): string;
}

/** Calls of the console's API, typed by its routes. Answers are taken at their word: server and client are of one version. */
export function createConsoleClient({ baseUrl, fetch, headers }: ConsoleClientOptions): ConsoleClient {
  const urlOf = (name: RouteName, { params, query }: AnyInput) => `${baseUrl}${toPath(consoleRoutes[name], params, query)}`;
  return {
    urlOf,
    async call<Name extends RouteName>(name: Name, input: RouteInput<Name>, signal?: AbortSignal) {
      const { method }: ConsoleRoute = consoleRoutes[name];
      const { body }: AnyInput = input;
      const response = await fetch(urlOf(name, input), {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      const text = await response.text();
      if (!response.ok) throw new ConsoleError(response.status, parseError(text));
      return (text === '' ? undefined : JSON.parse(text)) as RouteAnswer<Name>;
    },
  };
}

interface AnyInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

function toPath({ path }: ConsoleRoute, params: unknown, query: unknown): string {
  const values = new Map(entriesOf(params));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
  const search = new URLSearchParams();
  for (const [name, value] of entriesOf(query)) if (value !== undefined) search.set(name, String(value));
  return `${apiPath}${filled}${search.size === 0 ? '' : `?${search}`}`;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function parseError(text: string): ConsoleErrorBody | undefined {
  try {
    return consoleErrorSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
