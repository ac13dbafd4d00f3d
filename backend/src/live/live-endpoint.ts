import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { normalizePath } from '@gemini-proxy/gemini';
import { defaultLimits } from '@gemini-proxy/protocol';
import { WebSocketServer } from 'ws';
import type { ClientKeyVerdict, KeyedRequest } from '../auth/client-key.ts';
import { clientKeyInvalid, clientKeyMissing, type GatewayError } from '../errors.ts';
import type { Events } from '../events.ts';
import { toRawErrorAnswer } from '../http/error-exit.ts';
import type { Traces } from '../http/http-exchange.ts';
import type { LiveSessions } from '../orchestrator/live-sessions.ts';
import { ClientConnection } from './client-connection.ts';
import { EarlyConnection } from './early-connection.ts';

export interface LiveEndpointOptions {
  readonly checkClientKey: (request: KeyedRequest) => ClientKeyVerdict;
  readonly sessions: LiveSessions;
  readonly events: Events;
  readonly traces: Traces;
  /** Whether it can matter which account a session goes to. */
  readonly isDivided: () => boolean;
  /** Account that owns what a message names; rejects with `GatewayError`. */
  readonly accountFor: (message: Uint8Array<ArrayBuffer>) => Promise<string | undefined>;
}

/** Milliseconds that a client gets to answer a close. */
const closeTimeoutMs = 3_000;

const livePath = /^\/ws\/google\.ai\.generativelanguage\.v\d[a-z0-9]*\.GenerativeService\.\w+$/;

/** Whether a path, without its query, is that of a WebSocket of the API. */
export function isLivePath(path: string): boolean {
  return livePath.test(normalizePath(path));
}

/** Sessions of which the first message says what they are about. With a subprotocol to choose, only the upstream can answer. */
function beginsWithSetup({ path, headers }: ClientConnection): boolean {
  const isChosen = headers.some(([name]) => name === 'sec-websocket-protocol');
  return !isChosen && /\.BidiGenerateContent(?:Constrained)?(?:\?|$)/.test(path);
}

/**
 * The WebSocket endpoint of the clients. A handshake is completed only when that with the upstream is, but for sessions whose first
 * message decides on the account.
 */
export class LiveEndpoint {
  readonly #options: LiveEndpointOptions;
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  readonly #server: WebSocketServer;

  constructor(options: LiveEndpointOptions) {
    this.#options = options;
    // Not written in place, since the types do not know `closeTimeout` yet.
    const serverOptions = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: defaultLimits.maxSocketMessageBytes,
      closeTimeout: closeTimeoutMs,
      handleProtocols: (_offered: Set<string>, request: IncomingMessage) => this.#subprotocols.get(request) ?? false,
    };
    this.#server = new WebSocketServer(serverOptions);
  }

  /** Takes a request to upgrade, or turns it away. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const verdict = this.#options.checkClientKey({ headers: request.headers, url: request.url ?? '' });
    if (verdict !== 'ok') {
      this.#turnAway(socket, verdict === 'missing' ? clientKeyMissing() : clientKeyInvalid());
      return;
    }
    const connection = new ClientConnection({ request, socket, head }, this.#options.traces, (upgrade, subprotocol, onOpen) => {
      if (subprotocol !== undefined) this.#subprotocols.set(upgrade.request, subprotocol);
      this.#server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, onOpen);
    });
    const { sessions, isDivided, accountFor } = this.#options;
    sessions.handle(beginsWithSetup(connection) && isDivided() ? new EarlyConnection(connection, accountFor) : connection);
  };

  #turnAway(socket: Duplex, error: GatewayError): void {
    this.#options.events.requestRefused(error);
    socket.on('error', () => socket.destroy());
    socket.end(toRawErrorAnswer(error), () => socket.destroy());
  }
}
