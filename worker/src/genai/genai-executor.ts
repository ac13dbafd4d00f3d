import {
  errorInfo,
  formatPrettyJson,
  formatSseEvent,
  JSON_ARRAY_FRAMING,
  MalformedJsonError,
  parseLenientJson,
  parseOperation,
  toGoogleError,
} from '@gemini-proxy/gemini';
import { type RequestHead, StreamError } from '@gemini-proxy/protocol';
import { abortError, collectBody, joined } from '../collect-body.ts';
import { eachUntilAborted, untilAborted } from '../until-aborted.ts';
import type { Execute, RequestBody, UpstreamResponse } from '../worker.ts';
import { toGenerated } from './genai-answers.ts';
import { type CallAnswer, type CallInput, findCall } from './genai-calls.ts';
import type { GenaiClient } from './genai-client.ts';
import { findServiceError } from './genai-errors.ts';
import { isUploadStart, isWholeUpload, uploadWhole } from './genai-upload.ts';

type Bytes = Uint8Array<ArrayBuffer>;
/** How an answer is printed: `array` and `sse` for streams. */
type Form = 'json' | 'sse' | 'array';

export interface GenaiExecutorOptions {
  /** Gives the SDK's client; asked at each call, so that the SDK is loaded only when it is used. */
  readonly client: () => GenaiClient | Promise<GenaiClient>;
}

/**
 * Executes requests by the calls of `@google/genai`, for environments in which only these are authorised. Answers have Google's
 * form again, but are not the service's bytes: what the SDK does not know of an answer is lost.
 */
export function createGenaiExecutor({ client }: GenaiExecutorOptions): Execute {
  return async (request, body, signal) => {
    const form = formOf(request);
    const operation = parseOperation(request.method, request.path);
    if (isUploadStart(request)) return toResponse(200, 'json', []);
    const call = findCall(operation.name);
    if (call === undefined && !isWholeUpload(request)) return toErrorAnswer(501, notServed(operation.name), form);
    try {
      if (call === undefined) {
        const bytes = await readBytes(body, signal);
        const value = await untilAborted(uploadWhole(await loaded(client), request, bytes, signal), signal);
        return toAnswer({ value }, form, signal);
      }
      const input = toInput(request, await readBody(body, signal), signal);
      const answer = await untilAborted(call(await loaded(client), input), signal);
      return toAnswer(answer, form, signal);
    } catch (error) {
      return toFailure(error, form, signal);
    }
  };
}

function toInput(request: RequestHead, body: Record<string, unknown>, signal: AbortSignal): CallInput {
  const { model = '', version } = parseOperation(request.method, request.path);
  const [path = '', query = ''] = request.path.split('?', 2);
  const name = path.split('/').slice(2).join('/');
  return { model, version, name, query: new URLSearchParams(query), body, signal };
}

async function readBytes(body: RequestBody, signal: AbortSignal): Promise<Bytes> {
  return body === undefined ? new Uint8Array(0) : joined(await collectBody(body, signal));
}

async function readBody(body: RequestBody, signal: AbortSignal): Promise<Record<string, unknown>> {
  const bytes = await readBytes(body, signal);
  if (bytes.byteLength === 0) return {};
  const value = parseLenientJson(new TextDecoder().decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedJsonError('Expected an object.', 0);
  }
  return inCamelCase({ ...value });
}

/** The SDK's own members are in camel case; a second spelling beside them would be the same field twice. */
function inCamelCase(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

async function loaded(client: GenaiExecutorOptions['client']): Promise<GenaiClient> {
  try {
    return await client();
  } catch (cause) {
    const message = `@google/genai cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new StreamError('UPSTREAM_UNREACHABLE', message, { sentUpstream: false, cause });
  }
}

function toAnswer(answer: CallAnswer, form: Form, signal: AbortSignal): UpstreamResponse {
  if ('value' in answer) return toResponse(200, 'json', [formatPrettyJson(answer.value)]);
  return toResponse(200, form, form === 'sse' ? toEvents(answer.chunks, signal) : toArray(answer.chunks, signal));
}

async function* toEvents(chunks: AsyncIterable<object>, signal: AbortSignal): AsyncGenerator<string, void> {
  try {
    for await (const chunk of eachUntilAborted(chunks, signal)) yield formatSseEvent(toGenerated(chunk));
  } catch (error) {
    yield formatPrettyJson(errorWithin(error, signal));
  }
}

async function* toArray(chunks: AsyncIterable<object>, signal: AbortSignal): AsyncGenerator<string, void> {
  let separator: string = JSON_ARRAY_FRAMING.start;
  try {
    for await (const chunk of eachUntilAborted(chunks, signal)) {
      yield separator + formatPrettyJson(toGenerated(chunk));
      separator = JSON_ARRAY_FRAMING.separator;
    }
  } catch (error) {
    yield separator + formatPrettyJson(errorWithin(error, signal));
  }
  yield separator === JSON_ARRAY_FRAMING.start ? '[]' : JSON_ARRAY_FRAMING.end;
}

/** An error of the service's in the middle of its answer; anything else breaks the answer off. */
function errorWithin(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) throw abortError(signal, true);
  const found = findServiceError(error);
  if (found !== undefined) return found.body;
  const message = `The answer broke off: ${error instanceof Error ? error.message : String(error)}`;
  throw new StreamError('UPSTREAM_CUT', message, { sentUpstream: true, cause: error });
}

function toFailure(error: unknown, form: Form, signal: AbortSignal): UpstreamResponse {
  if (error instanceof StreamError) throw error;
  if (signal.aborted) throw abortError(signal, true);
  if (error instanceof MalformedJsonError) {
    return toErrorAnswer(400, toGoogleError({ code: 400, message: error.message }), form);
  }
  const found = findServiceError(error);
  if (found !== undefined) return toErrorAnswer(found.status, found.body, form);
  const message = error instanceof Error ? error.message : String(error);
  // The SDK throws a plain `Error` where it refuses parameters, before anything is sent; `fetch` throws its own kinds.
  if (error instanceof Error && error.name === 'Error' && error.cause === undefined) {
    return toErrorAnswer(
      400,
      toGoogleError({ code: 400, message: `@google/genai does not send this request: ${message}` }),
      form,
    );
  }
  throw new StreamError('UPSTREAM_UNREACHABLE', `The call failed without an answer: ${message}`, {
    sentUpstream: true,
    cause: error,
  });
}

function toErrorAnswer(status: number, body: unknown, form: Form): UpstreamResponse {
  return toResponse(status, form, [formatPrettyJson(form === 'array' ? [body] : body)]);
}

function toResponse(status: number, form: Form, texts: Iterable<string> | AsyncIterable<string>): UpstreamResponse {
  const type = form === 'sse' ? 'text/event-stream' : 'application/json; charset=UTF-8';
  return { status, headers: [['content-type', type]], body: encoded(texts) };
}

async function* encoded(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Bytes, void> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

function formOf({ path }: RequestHead): Form {
  if (!/:streamGenerateContent(?:\?|$)/.test(path)) return 'json';
  return /[?&]alt=sse(?:&|$)/.test(path) ? 'sse' : 'array';
}

function notServed(operation: string): unknown {
  return toGoogleError({
    code: 501,
    message: `This worker calls through @google/genai, which does not serve ${operation}. Choose the fetch executor on the worker page.`,
    details: [errorInfo({ reason: 'NOT_SERVED_BY_SDK', domain: 'gemini-proxy', metadata: { operation } })],
  });
}
