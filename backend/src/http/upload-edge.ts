import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseOperation, stripCredentialQuery } from '@gemini-proxy/gemini';
import type { Events } from '../events.ts';
import type { UploadAnswer, UploadCall } from '../uploads/upload-call.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { corsHeadersFor } from './cors.ts';
import { discardBody, isAwaitingContinue } from './discard-body.ts';
import { toFlat } from './error-exit.ts';
import { bodyLengthOf, headerOf, toAnswerHeaders, toRequestHeaders } from './headers.ts';
import type { Traces } from './http-exchange.ts';
import { RequestBody } from './request-body.ts';

const uploadPath = /^\/(?:resumable\/)?upload\//;

/** Whether a path belongs to the upload server. */
export function isUploadPath(path: string): boolean {
  return uploadPath.test(path);
}

/** Whether a path carries the id of an upload, which stands for a key. */
export function hasUploadId(path: string): boolean {
  return /[?&]upload_id=/.test(path);
}

export interface UploadEdgeOptions {
  readonly uploads: Pick<Uploads, 'handle'>;
  readonly events: Events;
  readonly traces: Traces;
  readonly now: () => number;
}

/** Takes a request to the upload server; resolves with `false` where it speaks no upload protocol, and nothing has been read or answered. */
export async function serveUpload(
  request: IncomingMessage,
  response: ServerResponse,
  { uploads, events, traces, now }: UploadEdgeOptions,
): Promise<boolean> {
  const startedAtMs = now();
  const body = new RequestBody(request, response);
  const call = toUploadCall(request, body);
  response.on('error', ignore);
  const answer = await uploads.handle(call);
  body.release();
  if (answer === undefined) return false;
  const facts = {
    id: headerOf(answer.headers, 'x-guploader-uploadid')?.slice(0, 8) ?? 'upload',
    method: call.method,
    operation: parseOperation(call.method, call.path).name,
    worker: undefined,
    status: answer.status,
    durationMs: Math.round(now() - startedAtMs),
    requestBytes: call.bodyLength ?? 0,
    responseBytes: answer.body.length,
  };
  const trace = traces.begin(
    { kind: 'http', method: call.method, path: call.path, headers: call.headers, operation: facts.operation },
    startedAtMs,
  );
  const isGone = response.destroyed || request.socket.destroyed;
  trace.onHead({ status: answer.status, headers: answer.headers });
  trace.onEnded({
    outcome: isGone ? 'cancelled' : answer.failure === undefined ? 'completed' : 'failed',
    error: answer.failure,
    requestBytes: facts.requestBytes,
    responseBytes: facts.responseBytes,
    notes: undefined,
  });
  events.requestStarted();
  if (isGone) events.requestCancelled(facts);
  else if (answer.failure !== undefined) events.requestFailed(facts, answer.failure);
  else events.requestCompleted(facts);
  if (!response.destroyed) writeAnswer(request, response, answer);
  return true;
}

function writeAnswer(request: IncomingMessage, response: ServerResponse, { status, headers, body }: UploadAnswer): void {
  const kept = toAnswerHeaders(headers);
  const flat = toFlat([...kept, ...corsHeadersFor(request.headers.origin, kept)]);
  if (headerOf(kept, 'content-length') === undefined) flat.push('content-length', String(body.length));
  if (isAwaitingContinue(request) && !request.complete) flat.push('connection', 'close');
  response.writeHead(status, flat);
  response.end(body);
  discardBody(request);
}

function toUploadCall(request: IncomingMessage, body: RequestBody): UploadCall {
  return {
    method: request.method ?? 'POST',
    path: stripCredentialQuery(request.url ?? '/'),
    headers: toRequestHeaders(request.rawHeaders),
    bodyLength: bodyLengthOf(request),
    body,
    publicUrl: publicUrlOf(request),
  };
}

/** Where the client believes the gateway to be. A reverse proxy tells what it has changed; a lie only misleads its own client. */
function publicUrlOf({ headers, socket }: IncomingMessage): string {
  const isSecure = 'encrypted' in socket || firstOf(headers['x-forwarded-proto']) === 'https';
  const scheme = isSecure ? 'https' : 'http';
  const prefix = /^(?:\/[\w.~-]+)+$/.exec(firstOf(headers['x-forwarded-prefix'])?.replace(/\/+$/, '') ?? '')?.[0] ?? '';
  return `${scheme}://${headers.host ?? 'localhost'}${prefix}`;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return String(header ?? '')
    .split(',', 1)[0]
    ?.trim();
}

function ignore(): void {}
