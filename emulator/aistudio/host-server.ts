import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import { apiName, frameName, hostName, urlPatterns } from './origins.ts';
import type { PageSettings } from './page/messages.ts';
import { pageDirectory } from './page-directory.ts';
import { type CallHead, findRefusal, formatRefusal, type Refusal, refusals, toUpstreamHead } from './refusals.ts';
import { sendFile } from './static-files.ts';
import { createBreak, createStall, createStatusAppender } from './stream-faults.ts';
import type { AiStudioSwitches } from './switches.ts';
import type { Upstream } from './upstream.ts';

/** The server of the host page. It alone knows the session credential, and adds it to what its own page sends to `/rpc/`. */
export class HostServer {
  readonly #upstream: Upstream;
  readonly #sessionSecret: string;
  readonly #switches: AiStudioSwitches;
  readonly #pages = new Set<Http2ServerResponse>();
  readonly #calls = new Set<Http2ServerResponse>();

  constructor(options: { upstream: Upstream; sessionSecret: string; switches: AiStudioSwitches }) {
    this.#upstream = options.upstream;
    this.#sessionSecret = options.sessionSecret;
    this.#switches = options.switches;
  }

  get openPageCount(): number {
    return this.#pages.size;
  }

  get openCallCount(): number {
    return this.#calls.size;
  }

  /** Tells the open pages of changed switches. */
  pushSettings(): void {
    for (const page of this.#pages) this.#sendSettings(page);
  }

  readonly handler = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    if (request.url === '/rpc/stream' || request.url === '/rpc/unary') {
      this.#onCall(request, response, request.url === '/rpc/stream');
    } else if (request.url === '/settings') {
      this.#onPage(response);
    } else {
      if (request.url === '/') request.url = '/host.html';
      void sendFile(pageDirectory, request, response);
    }
  };

  readonly upgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const target = URL.parse(new URL(request.url ?? '/', `https://${hostName}`).searchParams.get('url') ?? '');
    // Only a page of this origin may use the session. A browser says so by Origin where it sends no Sec-Fetch-Site.
    const isOwnPage = request.headers.origin === `https://${hostName}`;
    const isLive = request.url?.startsWith('/rpc/live?') === true && target?.protocol === 'wss:' && target.hostname === apiName;
    if (!isOwnPage || !isLive || target === null || this.#switches.session !== 'valid') {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    if (this.#switches.callsHang) {
      socket.on('error', () => {});
      return;
    }
    target.searchParams.delete('key');
    const handshake = Object.entries(request.headers).filter(([name]) => name.startsWith('sec-websocket-'));
    const headers = { ...Object.fromEntries(handshake), 'x-emulator-session': this.#sessionSecret };
    this.#upstream.tunnel({ path: target.pathname + target.search, headers, socket, head });
  };

  #onPage(response: Http2ServerResponse): void {
    this.#pages.add(response);
    response.on('close', () => this.#pages.delete(response));
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#sendSettings(response);
  }

  #sendSettings(page: Http2ServerResponse): void {
    const settings: PageSettings = { ...this.#switches, frameOrigin: `https://${frameName}`, urlPatterns };
    page.write(`data: ${JSON.stringify(settings)}\n\n`);
  }

  #onCall(request: Http2ServerRequest, response: Http2ServerResponse, isStreamed: boolean): void {
    const call = parseCall(request.headers, isStreamed);
    // Only a page of this origin may use the session: neither the frame nor any other site.
    if (call === undefined || request.headers['sec-fetch-site'] !== 'same-origin') {
      request.resume();
      response.writeHead(403).end();
      return;
    }
    this.#calls.add(response);
    response.on('close', () => this.#calls.delete(response));
    const switches = this.#switches;
    const refusal = findRefusal(call, switches);
    if (refusal === 'transient') switches.transientFailures -= 1;
    if (refusal !== undefined || switches.callsHang) {
      request.resume();
      if (refusal !== undefined) refuse(response, refusal);
      return;
    }
    const forward = () => response.destroyed || this.#forward(call, request, response);
    if (switches.callDelayMs > 0) setTimeout(forward, switches.callDelayMs);
    else forward();
  }

  #forward(call: CallHead, request: Http2ServerRequest, response: Http2ServerResponse): void {
    const { path, headers } = toUpstreamHead(call, this.#switches);
    const length = request.headers['content-length'];
    const hasBody = length !== undefined && length !== '0';
    this.#upstream.carry({
      method: call.method,
      path,
      headers: {
        ...Object.fromEntries(headers),
        ...(hasBody && { 'content-length': length }),
        'x-emulator-session': this.#sessionSecret,
      },
      request,
      response,
      onHead: (answer) => writeHead(response, answer.statusCode ?? 500, this.#toForwardedHeaders(answer)),
      onUnreachable: () => refuse(response, 'unreachable'),
      transforms: call.isStreamed ? this.#createStreamFaults() : [],
    });
  }

  #createStreamFaults() {
    const { streamStallsAfterBytes, streamBreaksAfterBytes, streamStatus } = this.#switches;
    return [
      ...(streamStatus === null ? [] : [createStatusAppender(streamStatus)]),
      ...(streamStallsAfterBytes === null ? [] : [createStall(streamStallsAfterBytes)]),
      ...(streamBreaksAfterBytes === null ? [] : [createBreak(streamBreaksAfterBytes)]),
    ];
  }

  #toForwardedHeaders({ rawHeaders }: IncomingMessage): [string, string][] {
    const pairs: [string, string][] = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const name = rawHeaders[index]?.toLowerCase() ?? '';
      const isForwarded = this.#switches.responseHeaders === 'all' ? !hopByHopHeaders.has(name) : name === 'content-type';
      if (isForwarded) pairs.push([name, rawHeaders[index + 1] ?? '']);
    }
    return pairs;
  }
}

const hopByHopHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'set-cookie']);

function parseCall(headers: IncomingHttpHeaders, isStreamed: boolean): CallHead | undefined {
  const { 'x-rpc-url': target, 'x-rpc-method': method, 'x-rpc-headers': pairs } = headers;
  if (typeof target !== 'string' || typeof method !== 'string' || typeof pairs !== 'string') return undefined;
  const url = URL.parse(target);
  if (url?.hostname !== apiName) return undefined;
  return { method, url, headers: new Headers(JSON.parse(decodeURIComponent(pairs))), isStreamed };
}

function refuse(response: Http2ServerResponse, refusal: Refusal): void {
  writeHead(response, refusals[refusal][0], [['content-type', 'application/json; charset=UTF-8']]);
  response.end(formatRefusal(refusal));
}

/** The RPC itself succeeds; the status and headers that the frame is to see travel in one header of it. */
function writeHead(response: Http2ServerResponse, status: number, headers: [string, string][]): void {
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'x-rpc-head': encodeURIComponent(JSON.stringify({ status, headers })),
  });
}
