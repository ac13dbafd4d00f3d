import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { MalformedJsonError, parseLenientJson, parseOperation } from '@gemini-proxy/gemini';
import { type AcceptedCredentials, authorise } from './authorisation.ts';
import type { Behaviour, ChooseBehaviour } from './behaviour.ts';
import type { Clock } from './clock.ts';
import { deliver, type Framing, sendApiError } from './deliver.ts';
import { findDiagnostic } from './diagnostics.ts';
import { ApiError, apiErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { preflightHeaders } from './headers.ts';
import { notFoundPage } from './not-found-page.ts';
import { ROUTES } from './routes.ts';

export interface ServiceContext {
  readonly credentials: AcceptedCredentials;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly defaults: Behaviour;
  readonly chooseBehaviour: ChooseBehaviour | undefined;
  /** Counted while an answer is being generated or sent. */
  readonly generations: { running: number };
}

/** Answers one request; never rejects. */
export async function serve(exchange: Exchange, context: ServiceContext): Promise<void> {
  try {
    await route(exchange, context);
  } catch (error) {
    if (exchange.signal.aborted) return;
    if (exchange.isHeadSent) return exchange.cut();
    const apiError = error instanceof ApiError ? error : apiErrors.internal(error instanceof Error ? error.stack : String(error));
    await sendApiError(exchange, framingOf(exchange), apiError);
  }
}

const KNOWN_PREFIX = /^\/(?:(?:resumable\/)?upload\/)?v1(?:alpha|beta)?\//;

async function route(exchange: Exchange, context: ServiceContext): Promise<void> {
  const origin = exchange.header('origin');
  if (exchange.method === 'OPTIONS' && origin !== undefined) {
    return exchange.send(200, preflightHeaders(origin, exchange.header('access-control-request-headers')), '');
  }
  if (!KNOWN_PREFIX.test(exchange.path)) {
    return exchange.send(404, { 'content-type': 'text/html; charset=UTF-8' }, notFoundPage(exchange.path));
  }
  authorise(exchange, context.credentials);
  const diagnostic = findDiagnostic(exchange.method, exchange.path);
  if (diagnostic !== undefined) return diagnostic(exchange, context.clock);
  return callOperation(exchange, context);
}

async function callOperation(exchange: Exchange, context: ServiceContext): Promise<void> {
  const { name, version = 'v1beta', model } = parseOperation(exchange.method, exchange.path);
  const operation = ROUTES[name];
  const body = parseBody(
    await exchange.readBody(context.maxBodyBytes),
    exchange.header('content-encoding'),
    context.maxBodyBytes,
  );
  const { method, path, query } = exchange;
  const chosen = context.chooseBehaviour?.({ method, path, model, body });
  const behaviour = chosen === undefined ? context.defaults : { ...context.defaults, ...chosen };
  const delivery = { exchange, framing: framingOf(exchange), behaviour, clock: context.clock, model };
  if (operation === undefined) {
    return deliver(delivery, () => {
      throw apiErrors.notFound();
    });
  }
  context.generations.running += operation.isGeneration ? 1 : 0;
  try {
    await deliver(delivery, () => operation.answer({ version, model, query, body, behaviour }));
  } finally {
    context.generations.running -= operation.isGeneration ? 1 : 0;
  }
}

function framingOf(exchange: Exchange): Framing {
  if (exchange.query.get('alt') === 'sse') return 'sse';
  return parseOperation(exchange.method, exchange.path).name === 'models.streamGenerateContent' ? 'array' : 'unary';
}

function parseBody(bytes: Buffer, encoding: string | undefined, maxBytes: number): unknown {
  if (bytes.byteLength === 0) return undefined;
  const plain = encoding === 'gzip' ? decompress(bytes, maxBytes) : bytes;
  if (!isUtf8(plain)) {
    throw apiErrors.invalidArgument('Invalid JSON payload received. Encountered non UTF-8 code points.');
  }
  try {
    return parseLenientJson(plain.toString('utf8'));
  } catch (error) {
    throw error instanceof MalformedJsonError ? apiErrors.invalidArgument(error.message) : error;
  }
}

function decompress(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch {
    throw apiErrors.invalidArgument();
  }
}
