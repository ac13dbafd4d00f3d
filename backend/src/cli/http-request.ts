import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { request as secureRequest, Agent as TlsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { isLoopbackName } from '../auth/host.ts';

interface HttpRequestOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export type HttpRequest = (url: string, options: HttpRequestOptions) => Promise<Response>;

/**
 * One HTTP request that no proxy variable redirects: the built-in `fetch` can be made to follow them, and what it then
 * meets is not the gateway. The name in a certificate is not checked on loopback, where it is another one's.
 */
export const directRequest: HttpRequest = (url, { method = 'GET', headers = {}, body, signal }) =>
  new Promise((resolve, reject) => {
    const { protocol, hostname } = new URL(url);
    const isSecure = protocol === 'https:';
    const rejectUnauthorized = !isLoopbackName(hostname.replace(/^\[|\]$/g, ''));
    const agent = isSecure ? new TlsAgent({ rejectUnauthorized }) : new PlainAgent();
    const send = isSecure ? secureRequest : plainRequest;
    const request = send(url, { method, headers: { ...headers }, signal, agent }, (message) => resolve(toResponse(message)));
    request.once('error', reject);
    request.end(body);
  });

/** Statuses that a `Response` must not have a body with. */
const bodiless = new Set([204, 205, 304]);

function toResponse(message: IncomingMessage): Response {
  const status = message.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) headers.append(name, item);
  }
  if (bodiless.has(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(message), { status, headers });
}
