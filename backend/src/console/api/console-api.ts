import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import { GatewayError, toGatewayError } from '../../errors.ts';
import { apiPath, type ConsoleRoute, consoleRoutes, type RouteName } from '../contract/routes.ts';
import type { Caller } from '../door/door.ts';
import { requireOwnOrigin } from '../door/own-origin.ts';
import { type ApiCall, type Handlers, written } from './handler.ts';
import { readJson } from './read-json.ts';
import { writeError, writeJson, writeNothing } from './write-answer.ts';

export interface ConsoleApiOptions {
  readonly handlers: Handlers;
  readonly whoIs: (request: IncomingMessage) => Caller | undefined;
  /** Hears of what nothing expects. */
  readonly onBug: (error: unknown) => void;
}

/** The calls of the contract: who may, whether it fits, who answers. */
export class ConsoleApi {
  readonly #options: ConsoleApiOptions;

  constructor(options: ConsoleApiOptions) {
    this.#options = options;
  }

  /** Answers a request below the API's path. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (error.reason === 'INTERNAL') this.#options.onBug(thrown);
      writeError(response, error);
      request.resume();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const found = findRoute(request.method ?? 'GET', path);
    requireOwnOrigin(request);
    const caller = this.#options.whoIs(request);
    if (caller === undefined && found?.route.isOpen !== true) throw signInRequired();
    if (found === undefined) throw notFound();
    const { name, route, params } = found;
    const call: ApiCall = {
      params: parsed(route.params, params, 'The path'),
      query: parsed(route.query, Object.fromEntries(new URLSearchParams(query)), 'The query'),
      body: route.body === undefined ? undefined : parsed(route.body, await readJson(request), 'The body'),
      caller,
      request,
      response,
    };
    // Each handler's own types are those of its route, by which the call was just parsed.
    const answer: unknown = await (this.#options.handlers[name] as (call: ApiCall) => unknown)(call);
    request.resume();
    if (answer === written) return;
    if (answer === undefined) writeNothing(response);
    else writeJson(response, answer);
  }
}

interface FoundRoute {
  readonly name: RouteName;
  readonly route: ConsoleRoute;
  readonly params: Readonly<Record<string, string>>;
}

const table = Object.entries(consoleRoutes).map(([name, route]) => ({
  name: name as RouteName,
  route: route as ConsoleRoute,
  pattern: new RegExp(`^${apiPath}${route.path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}));

/** A fixed word wins over a parameter: the first route in the contract's order that fits. */
function findRoute(method: string, path: string): FoundRoute | undefined {
  for (const { name, route, pattern } of table) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (match !== null) return { name, route, params: decoded(match.groups ?? {}) };
  }
  return undefined;
}

function decoded(params: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new GatewayError('CONSOLE_REQUEST_INVALID', 'The path cannot be read.');
  }
}

function parsed(schema: z.ZodType | undefined, value: unknown, what: string): undefined {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  // Typed by the route, which only the handler knows.
  if (result.success) return result.data as undefined;
  const issues = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
  throw new GatewayError('CONSOLE_REQUEST_INVALID', `${what} does not fit: ${issues.join('; ')}.`);
}

function signInRequired(): GatewayError {
  return new GatewayError(
    'SIGN_IN_REQUIRED',
    'Sign in first: open the link that the gateway shows at its start, or a new one by `gemini-proxy open`.',
  );
}

function notFound(): GatewayError {
  return new GatewayError('CONSOLE_NOT_FOUND', "The console's API has no such call; all of them: /console/api/openapi.json.");
}
