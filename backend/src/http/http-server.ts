import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { normalizePath } from '@gemini-proxy/gemini';
import { Roster } from '@gemini-proxy/protocol';
import { type FastifyInstance, fastify } from 'fastify';
import type { ClientKeyVerdict, KeyedRequest } from '../auth/client-key.ts';
import { hostAllowed } from '../auth/host.ts';
import type { Config } from '../config/config.ts';
import type { TlsFiles } from '../config/tls-files.ts';
import { clientKeyInvalid, clientKeyMissing, GatewayError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Router } from '../routing/router.ts';
import { toBrokenRequest } from './broken-request.ts';
import { answerPreflight, isPreflight } from './cors.ts';
import { discardBody } from './discard-body.ts';
import { answerWithError, toRawErrorAnswer } from './error-exit.ts';
import { answerHealth, isAsked, isFromThisMachine, type WorkerCounts, type WorkerHealth } from './health.ts';
import { HttpExchange, type Traces } from './http-exchange.ts';
import { hasUploadId, isUploadPath, serveUpload, type UploadEdgeOptions } from './upload-edge.ts';

export interface HttpServerOptions {
  /** Default: plain HTTP. */
  readonly tls: Pick<TlsFiles, 'cert' | 'key'> | undefined;
  readonly config: Pick<Config, 'host' | 'port' | 'allowedHosts'>;
  readonly checkClientKey: (request: KeyedRequest) => ClientKeyVerdict;
  readonly router: Pick<Router, 'handle'>;
  readonly uploads: UploadEdgeOptions['uploads'];
  readonly events: Events;
  readonly countWorkers: () => WorkerCounts;
  readonly listWorkers: () => readonly WorkerHealth[];
  readonly traces: Traces;
  /** What answers at a path, without its query, that is not one of the API. */
  readonly findPage: (path: string) => PageHandler | undefined;
  /** The WebSocket endpoint at a path without its query. */
  readonly findUpgrade: (path: string) => UpgradeHandler | undefined;
}

type PageHandler = (request: IncomingMessage, response: ServerResponse) => void;
type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Bytes of a request's head at most. */
const maxHeaderBytes = 64 * 1024;
/** Milliseconds for a request's head to arrive. */
const headersTimeoutMs = 60_000;
/** Milliseconds that an idle connection is kept: longer than clients keep theirs, so that none is closed as it is used again. */
const keepAliveTimeoutMs = 75_000;

/** Paths that begin so go to a worker unseen, whatever the method. */
const apiPrefixes = ['/v1/', '/v1beta/', '/v1alpha/', '/upload/', '/resumable/upload/'];
/** Bytes that are escaped need not be UTF-8: they are the API's own matter. A `%` that escapes nothing is not. */
const apiPath = new RegExp(`^(?:${apiPrefixes.join('|')})[^%?]*(?:%[0-9a-fA-F]{2}[^%?]*)*(?:\\?|$)`);

/**
 * The HTTP side of the gateway: one door, one error exit. Fastify routes; it never sees a body or an answer. Nearly all requests are calls of the API
 * under a plain path, and pass its router by, which would be a fortieth of their cost.
 */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #fastify: FastifyInstance;
  readonly #exchanges = new Roster<HttpExchange>();
  #uploadCalls = 0;
  #isDraining = false;
  #idle: PromiseWithResolvers<void> | undefined;
  /** The last Host that was let in: mostly that of the next request, too. */
  #knownHost: string | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#fastify = this.#createFastify();
    const { server } = this.#fastify;
    server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
    // Leave to send the body is given once there is a worker to read it.
    server.on('checkContinue', (request, response) => this.#onRequest(request, response));
  }

  async listen(): Promise<{ readonly url: string; readonly port: number }> {
    const { host, port: wantedPort } = this.#options.config;
    const url = await this.#fastify.listen({ host, port: wantedPort });
    const scheme = this.#options.tls === undefined ? 'http:' : 'https:';
    return { url: url.replace(/^https?:/, scheme), port: portOf(this.#fastify.server.address()) };
  }

  /** Requests that are being answered. */
  get running(): number {
    return this.#exchanges.size + this.#uploadCalls;
  }

  /** Refuses new requests from now on, and says so to those who ask for its health; resolves when the running ones are over. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#idle ??= Promise.withResolvers();
    this.#onRequestOver();
    await this.#idle.promise;
  }

  /** Takes no new connections; requests on open ones are still answered. */
  stopListening(): void {
    this.#fastify.server.close();
    this.#fastify.server.closeIdleConnections();
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    this.#fastify.server.closeAllConnections();
    await this.#fastify.close();
  }

  debugState(): { readonly exchanges: number } {
    return { exchanges: this.#exchanges.size };
  }

  #createFastify(): FastifyInstance {
    const app = fastify({
      logger: false,
      exposeHeadRoutes: false,
      return503OnClosing: false,
      serverFactory: () => this.#createServer((request, response) => this.#onRequest(request, response)),
      frameworkErrors: (cause, request, reply) => {
        reply.hijack();
        const error = new GatewayError('MALFORMED_REQUEST', 'The path cannot be read.', { cause });
        this.#refuse(request.raw, reply.raw, error);
      },
      clientErrorHandler: (error, socket) => this.#onClientError(error, socket),
    });
    // Those that write their prefix with escapes.
    for (const prefix of apiPrefixes) addRoute(app, `${prefix}*`, (request, response) => this.#onApiRequest(request, response));
    addRoute(app, '/healthz', (request, response) => this.#onHealthRequest(request, response));
    addRoute(app, '/*', (request, response) => this.#onPageRequest(request, response));
    app.setNotFoundHandler((request, reply) => {
      reply.hijack();
      this.#refuse(request.raw, reply.raw, unknownPath());
    });
    return app;
  }

  #createServer(handler: RequestListener): Server {
    const options: ServerOptions = {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      // Bodies take as long as they take: the orchestrator has a deadline for silence.
      requestTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      noDelay: true,
      // Other offers to upgrade, such as Java's of h2c, are declined by answering over HTTP/1.1.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    };
    const { tls } = this.#options;
    if (tls === undefined) return createServer(options, handler);
    return createTlsServer({ ...options, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, handler);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    request.url = normalizePath(toPath(request.url ?? '/'));
    keepAliveSilently(request, response);
    if (apiPath.test(request.url)) this.#onApiRequest(request, response);
    else this.#fastify.routing(request, response);
  }

  #onPageRequest(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const answer = this.#options.findPage(path === '/' && wantsPage(request) ? rootPage : path);
    if (answer === undefined) this.#refuse(request, response, unknownPath());
    else if (!this.#isHostKnown(request)) this.#refuse(request, response, hostNotAllowed());
    else answer(request, response);
  }

  #onApiRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#isHostKnown(request)) this.#refuse(request, response, hostNotAllowed());
    else if (isPreflight(request)) answerPreflight(request, response);
    else if (this.#isDraining) this.#refuse(request, response, shuttingDown());
    else this.#admit(request, response);
  }

  #admit(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    const isUpload = isUploadPath(path);
    if (isUpload && hasUploadId(path)) {
      void this.#upload(request, response);
      return;
    }
    const verdict = this.#options.checkClientKey({ headers: request.headers, url: path });
    if (verdict === 'missing') {
      this.#refuseWithRecord(request, response, clientKeyMissing());
    } else if (verdict === 'invalid') {
      this.#refuseWithRecord(request, response, clientKeyInvalid());
    } else if (isUpload) {
      void this.#upload(request, response);
    } else {
      this.#pass(request, response);
    }
  }

  /** A program whose key is wrong is one that its user looks for among the requests. */
  #refuseWithRecord(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
    const { trace } = new HttpExchange(request, response, this.#options.traces);
    trace.onEnded({ outcome: 'failed', error, requestBytes: 0, responseBytes: 0, notes: undefined });
    this.#refuse(request, response, error);
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const exchange = new HttpExchange(request, response, this.#options.traces);
    this.#exchanges.add(exchange);
    response.on('close', () => {
      this.#exchanges.delete(exchange);
      this.#onRequestOver();
    });
    this.#options.router.handle(exchange);
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { uploads, events, traces } = this.#options;
    this.#uploadCalls += 1;
    try {
      const isServed = await serveUpload(request, response, { uploads, events, traces, now: () => performance.now() });
      if (!isServed) this.#pass(request, response);
    } catch (error) {
      events.bug(error);
      request.socket.destroy();
    } finally {
      this.#uploadCalls -= 1;
      this.#onRequestOver();
    }
  }

  #onRequestOver(): void {
    if (this.#isDraining && this.running === 0) this.#idle?.resolve();
  }

  #onHealthRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#isHostKnown(request)) this.#refuse(request, response, hostNotAllowed());
    else {
      const { countWorkers, listWorkers } = this.#options;
      const details = isAsked(request, 'verbose') && this.#mayKnowMore(request) ? listWorkers() : undefined;
      answerHealth(request, response, { isDraining: this.#isDraining, workers: countWorkers(), details });
    }
  }

  /** Names and reasons are for the user of this machine, and for whoever has a client key. */
  #mayKnowMore(request: IncomingMessage): boolean {
    const { headers, url = '/' } = request;
    return isFromThisMachine(request) || this.#options.checkClientKey({ headers, url }) === 'ok';
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
    this.#options.events.requestRefused(error);
    answerWithError(request, response, error);
    discardBody(request);
  }

  #isHostKnown({ headers: { host } }: IncomingMessage): boolean {
    if (host !== undefined && host === this.#knownHost) return true;
    if (!hostAllowed(host, this.#options.config)) return false;
    this.#knownHost = host;
    return true;
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url?.split('?', 1)[0] ?? '';
    const handler = this.#options.findUpgrade(path);
    if (handler !== undefined && this.#isHostKnown(request)) {
      handler(request, socket, head);
      return;
    }
    const error = handler === undefined ? unknownPath() : hostNotAllowed();
    this.#options.events.requestRefused(error);
    socket.on('error', () => socket.destroy());
    socket.end(toRawErrorAnswer(error));
    socket.once('finish', () => socket.destroy());
  }

  /** What Node's parser does not take for HTTP: a whole request, or the chunks of a body that has begun. */
  #onClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const broken = toBrokenRequest(error.code ?? error.message);
    const running = [...this.#exchanges].filter((exchange) => exchange.isOn(socket));
    if (running.length > 0) {
      for (const exchange of running) exchange.breakOff(broken);
      return;
    }
    this.#options.events.requestRefused(broken);
    if (!socket.writable) socket.destroy();
    else socket.end(toRawErrorAnswer(broken), () => socket.destroy());
  }
}

/** Stands for what people find who open the gateway's address in a browser. */
export const rootPage = '/ in a browser';

function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Answers before Fastify would look at the content type or read the body. */
function addRoute(app: FastifyInstance, url: string, answer: (request: IncomingMessage, response: ServerResponse) => void): void {
  app.route({
    method: app.supportedMethods,
    url,
    onRequest: (request, reply, _done) => {
      reply.hijack();
      answer(request.raw, reply.raw);
    },
    handler: () => undefined,
  });
}

/** Node tells how long it keeps a connection. The Gemini API does not, and HTTP/1.1 needs no word on it. */
function keepAliveSilently({ httpVersion }: IncomingMessage, response: ServerResponse): void {
  if (response.shouldKeepAlive && httpVersion === '1.1') response.removeHeader('connection');
}

/** What is asked for, without the server's name that a client sends which takes the gateway for a proxy, and with one slash in front: the legacy SDK doubles that of a base URL ending in one. */
function toPath(target: string): string {
  if (target.startsWith('/') && !target.startsWith('//')) return target;
  const path = target.replace(/^https?:\/\/[^/?]*/i, '');
  return path.startsWith('?') || path === '' ? `/${path}` : path.replace(/^\/+/, '/');
}

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}

function unknownPath(): GatewayError {
  return new GatewayError(
    'UNKNOWN_PATH',
    'This gateway serves paths under /v1/, /v1beta/ and /v1alpha/, and uploads under /upload/, only.',
  );
}

function shuttingDown(): GatewayError {
  return new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.');
}

function hostNotAllowed(): GatewayError {
  const remedy = 'Start the gateway with --allowed-hosts to add the name.';
  return new GatewayError('HOST_NOT_ALLOWED', `The Host header names a host that this gateway does not serve. ${remedy}`);
}
