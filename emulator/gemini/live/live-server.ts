import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { formatPrettyJson, parseOperation } from '@gemini-proxy/gemini';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { AccountTable } from '../accounts.ts';
import { authorise } from '../authorisation.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { notFoundPage } from '../not-found-page.ts';
import { parseJsonBytes } from '../request-body.ts';
import type { Resources } from '../resources/resources.ts';
import type { BehaviourOf } from '../switches.ts';
import { closingOf } from './close-reason.ts';
import { type LiveLimits, LiveSession } from './live-session.ts';
import { MusicSession } from './music-session.ts';

export interface LiveServerContext {
  readonly accounts: AccountTable;
  readonly resources: Resources;
  readonly clock: Clock;
  readonly behaviourOf: BehaviourOf;
  readonly limits: LiveLimits;
}

interface LiveCall {
  readonly kind: 'content' | 'music';
  readonly version: string;
  readonly behaviour: Behaviour;
}

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** The Live API: turns upgrades of its paths into sessions, and all others down. */
export class LiveServer {
  readonly #context: LiveServerContext;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  #openSessions = 0;

  constructor(context: LiveServerContext) {
    this.#context = context;
  }

  get openSessions(): number {
    return this.#openSessions;
  }

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => {});
    const path = request.url ?? '/';
    const { name, version = 'v1beta' } = parseOperation('GET', path);
    const behaviour = this.#context.behaviourOf({ method: 'GET', path, model: undefined, body: undefined });
    const { fault } = behaviour;
    const kind = name === 'live.bidiGenerateContent' ? 'content' : isMusic(path) ? 'music' : undefined;
    if (kind === undefined) refuse(socket, 404, notFoundPage(path));
    else if (fault?.kind === 'status') refuse(socket, fault.status, '');
    else
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) =>
        this.#open(webSocket, request, { kind, version, behaviour }),
      );
  };

  #open(webSocket: WebSocket, request: IncomingMessage, call: LiveCall): void {
    const left = new AbortController();
    this.#openSessions += 1;
    webSocket.on('error', () => {});
    webSocket.once('close', () => {
      this.#openSessions -= 1;
      left.abort(new Error('The client has left.'));
    });
    const channel = channelOf(webSocket, call.behaviour);
    const { accounts, clock, limits, resources } = this.#context;
    try {
      const account = accountOf(request, accounts, resources);
      const session =
        call.kind === 'music'
          ? new MusicSession(channel, call)
          : new LiveSession(channel, { ...call, account, clock, limits, resources, signal: left.signal });
      webSocket.on('message', (data) => {
        try {
          session.receive(parseJsonBytes(bytesOf(data)));
        } catch (error) {
          session.fail(error);
        }
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      channel.close(closingOf(error));
    }
  }
}

function isMusic(path: string): boolean {
  return /\.BidiGenerateMusic(?:\?|$)/.test(path);
}

/** Messages go as binary frames, as the service sends them. A fault counts them. */
function channelOf(webSocket: WebSocket, { fault }: Behaviour): ConstructorParameters<typeof LiveSession>[0] {
  let sentMessages = 0;
  return {
    send: (message) => {
      const isFaulty = fault !== undefined && fault.kind !== 'status' && sentMessages >= fault.afterChunks;
      sentMessages += 1;
      if (!isFaulty) webSocket.send(Buffer.from(formatPrettyJson(message)), { binary: true });
      else if (fault.kind === 'cut') webSocket.terminate();
      else if (fault.kind === 'mid-stream-error') webSocket.close(1011, 'Internal error encountered.');
    },
    close: ({ code, reason }) => webSocket.close(code, reason),
  };
}

/** An ephemeral token stands for the account that has made it. */
function accountOf(request: IncomingMessage, accounts: AccountTable, { authTokens }: Resources): string {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const header = (name: string) => headerOf(request, name);
  const token = searchParams.get('access_token') ?? /^Token (.+)$/i.exec(header('authorization') ?? '')?.[1] ?? '';
  return authTokens.get(token) ?? authorise({ path: request.url ?? '/', header }, accounts);
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value.join(', ') : value;
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}

function refuse(socket: Duplex, status: number, body: string): void {
  const head = `HTTP/1.1 ${status} \r\ncontent-type: text/html; charset=UTF-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body);
}
