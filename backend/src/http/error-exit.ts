import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderList } from '@gemini-proxy/protocol';
import { type GatewayError, type GatewayErrorReason, toGoogleErrorBody } from '../errors.ts';
import { corsHeadersFor } from './cors.ts';
import { isAwaitingContinue } from './discard-body.ts';

/** Milliseconds between the last piece of a cut answer and the error behind it, so that a client reads them apart: joined, the status is lost. */
const gapMs = 50;

/** After these the connection is of no use. */
const closing: ReadonlySet<GatewayErrorReason> = new Set<GatewayErrorReason>([
  'SHUTTING_DOWN',
  'MALFORMED_REQUEST',
  'REQUEST_TIMEOUT',
]);

/** Ends an answer that has not begun: status and body as the Gemini API would write them. */
export function answerWithError(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
  const form = formOf(request.url ?? '');
  const body = Buffer.from(toGoogleErrorBody(error, { asArray: form === 'array' }));
  const headers: HeaderList = [
    ['content-type', form === 'sse' ? 'text/event-stream' : 'application/json; charset=UTF-8'],
    ['content-length', String(body.length)],
    ['x-content-type-options', 'nosniff'],
    ...(error.retryAfterSeconds === undefined ? [] : [['retry-after', String(error.retryAfterSeconds)] as const]),
    ...(closing.has(error.reason) || isAwaitingContinue(request) ? [['connection', 'close'] as const] : []),
  ];
  response.writeHead(error.httpStatus, toFlat([...headers, ...corsHeadersFor(request.headers.origin, headers)]));
  response.end(body);
}

/**
 * Ends an SSE answer that has begun, in the Gemini API's form: a bare error object without `data:`, in a segment of its own,
 * and then a broken connection. Clients take anything milder for a complete answer.
 */
export function cutWithError(response: ServerResponse, error: GatewayError): void {
  const { socket } = response;
  if (socket === null || socket.destroyed) {
    response.destroy();
    return;
  }
  // The empty write calls back when everything before it is with the system.
  socket.write('', () => {
    setTimeout(() => {
      if (!response.destroyed) response.write(toGoogleErrorBody(error), () => socket.destroySoon());
    }, gapMs);
  });
}

/** The whole answer to something that is not HTTP. */
export function toRawErrorAnswer(error: GatewayError): string {
  const body = toGoogleErrorBody(error);
  return [
    `HTTP/1.1 ${error.httpStatus} Error`,
    'content-type: application/json; charset=UTF-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

/** As node:http takes headers without a copy of its own: names and values in turn. */
export function toFlat(headers: HeaderList): string[] {
  const flat: string[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  return flat;
}

function formOf(url: string): 'json' | 'sse' | 'array' {
  if (/[?&]alt=sse(?:&|$)/.test(url)) return 'sse';
  return /:streamGenerateContent(?:\?|$)/.test(url) ? 'array' : 'json';
}
