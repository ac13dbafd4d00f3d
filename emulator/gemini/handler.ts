import { parseOperation, resourceNameOfPath } from '@gemini-proxy/gemini';
import type { AccountTable } from './accounts.ts';
import { authorise, authoriseOpenai } from './authorisation.ts';
import type { Clock } from './clock.ts';
import { deliver, type Framing, sendApiError } from './deliver.ts';
import { findDiagnostic } from './diagnostics.ts';
import { ApiError, apiErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { preflightHeaders } from './headers.ts';
import { notFoundPage } from './not-found-page.ts';
import { readJsonBody } from './request-body.ts';
import type { Resources } from './resources/resources.ts';
import { ROUTES } from './routes.ts';
import type { BehaviourOf } from './switches.ts';
import type { UploadService } from './uploads/upload-service.ts';

export interface ServiceContext {
  readonly accounts: AccountTable;
  readonly resources: Resources;
  readonly uploads: UploadService;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly behaviourOf: BehaviourOf;
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

const UPLOAD_PREFIX = /^\/(?:resumable\/)?upload\//;
const KNOWN_PREFIX = /^\/(?:(?:resumable\/)?upload\/)?v1(?:alpha|beta)?\//;

async function route(exchange: Exchange, context: ServiceContext): Promise<void> {
  const origin = exchange.header('origin');
  if (exchange.method === 'OPTIONS' && origin !== undefined) {
    return exchange.send(200, preflightHeaders(origin, exchange.header('access-control-request-headers')), '');
  }
  if (!KNOWN_PREFIX.test(exchange.path)) {
    return exchange.send(404, { 'content-type': 'text/html; charset=UTF-8' }, notFoundPage(exchange.path));
  }
  if (UPLOAD_PREFIX.test(exchange.path)) return context.uploads.serve(exchange);
  const isOpenai = parseOperation(exchange.method, exchange.path).name.startsWith('openai.');
  const account = (isOpenai ? authoriseOpenai : authorise)(exchange, context.accounts);
  const diagnostic = findDiagnostic(exchange.method, exchange.path);
  if (diagnostic !== undefined) {
    const { method, path } = exchange;
    return diagnostic(exchange, context.clock, context.behaviourOf({ method, path, model: undefined, body: undefined }));
  }
  return callOperation(exchange, context, account);
}

async function callOperation(exchange: Exchange, context: ServiceContext, account: string): Promise<void> {
  const { name, version = 'v1beta', model } = parseOperation(exchange.method, exchange.path);
  const operation = ROUTES[name];
  const body = await readJsonBody(exchange, context.maxBodyBytes);
  const { method, path, query } = exchange;
  const resourceId = resourceNameOfPath(path)?.id ?? '';
  const target = targetOf(path);
  const behaviour = context.behaviourOf({ method, path, model, body });
  const delivery = { exchange, framing: framingOf(exchange), behaviour, clock: context.clock, model };
  if (operation === undefined) {
    return deliver(delivery, () => {
      throw apiErrors.notFound();
    });
  }
  const { resources } = context;
  context.generations.running += operation.isGeneration ? 1 : 0;
  try {
    await deliver(delivery, () =>
      operation.answer({ account, resources, resourceId, target, version, model, query, body, behaviour }),
    );
  } finally {
    context.generations.running -= operation.isGeneration ? 1 : 0;
  }
}

function targetOf(path: string): string {
  const [, rest = ''] =
    /^\/v\d[a-z0-9]*\/([^?]*?)(?::[A-Za-z]+)?(?:\?|$)/.exec(path.replace(/%3A/gi, ':').replace(/%2F/gi, '/')) ?? [];
  return rest.replace(/\/upload\/operations\//, '/operations/');
}

function framingOf(exchange: Exchange): Framing {
  const { name } = parseOperation(exchange.method, exchange.path);
  if (name.startsWith('openai.')) return 'openai';
  if (name.startsWith('interactions.')) return 'interactions';
  if (exchange.query.get('alt') === 'sse') return 'sse';
  return name === 'models.streamGenerateContent' ? 'array' : 'unary';
}
