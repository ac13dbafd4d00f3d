import { type Connect, protocolErrors, type Transport, type TransportEvents } from '@gemini-proxy/protocol';
import { type BridgeRefusal, bridgeName, bridgeVersion, parsePortMessage, parseReady } from './bridge-messages.ts';
import { bridgeProof } from './bridge-proof.ts';

/** What a bridge needs of the page that opens it. */
export interface BridgePage {
  /** The page's own origin; `null` in a sandboxed frame. */
  readonly origin: string;
  readonly crypto: Crypto;
  readonly MessageChannel: typeof MessageChannel;
  open(url: string, name: string, features: string): Window | null;
  /** Hears of messages to the page; returns what ends that. */
  listen(listener: (event: MessageEvent<unknown>) => void): () => void;
  setInterval(callback: () => void, intervalMs: number): number;
  clearInterval(timer: number): void;
}

export interface BridgeWindowOptions {
  readonly page: BridgePage;
  /** The gateway's `/bridge`. */
  readonly url: string;
  /** Each change: `opening` until the window answers, `closed` once it is gone. */
  readonly onState: (state: BridgeState) => void;
  /** The gateway let a connection not through, and why; its `onClose` follows. */
  readonly onRefused: (reason: BridgeRefusal) => void;
}

export type BridgeState = 'opening' | 'open' | 'closed';

/** Milliseconds between two looks whether the window is still there. */
const lookMs = 1_000;
const windowFeatures = 'popup,width=440,height=320';

/** A window of the gateway's own origin, which holds the sockets that the browser does not let the page have. */
export class BridgeWindow {
  readonly #options: BridgeWindowOptions;
  readonly #origin: string;
  readonly #window: Window;
  readonly #ports = new Set<BridgePort>();
  readonly #stopListening: () => void;
  readonly #timer: number;
  #state: BridgeState = 'opening';
  #challenge: string | undefined;

  private constructor(options: BridgeWindowOptions, opened: Window) {
    this.#options = options;
    this.#origin = new URL(options.url).origin;
    this.#window = opened;
    this.#stopListening = options.page.listen((event) => this.#onMessage(event));
    this.#timer = options.page.setInterval(() => this.#look(), lookMs);
  }

  /** Opens the window; to be called within a click. `undefined` where the browser opens none, or keeps the page from talking to it. */
  static open(options: BridgeWindowOptions): BridgeWindow | undefined {
    const opened = options.page.open(options.url, bridgeName, windowFeatures);
    return opened === null || opened.closed ? undefined : new BridgeWindow(options, opened);
  }

  get state(): BridgeState {
    return this.#state;
  }

  focus(): void {
    this.#window.focus();
  }

  /** Connects through the window, in place of a WebSocket of the page's own. Any number of connections share it. */
  connectThrough(token: string): Connect {
    return (events) => {
      const { page } = this.#options;
      const port = new BridgePort({
        page,
        token,
        bridgeOrigin: this.#origin,
        events,
        onRefused: this.#options.onRefused,
        onOver: () => this.#ports.delete(port),
      });
      this.#ports.add(port);
      // Events may fire only after this has returned.
      queueMicrotask(() => this.#begin(port));
      return port;
    };
  }

  /** Closes the window, and with it every connection. Idempotent. */
  close(): void {
    this.#window.close();
    this.#onClosed();
  }

  readonly #post = (message: object, port: MessagePort): void => {
    // To this origin only: whatever else may have taken the window's place does not get it.
    this.#window.postMessage({ name: bridgeName, version: bridgeVersion, ...message }, this.#origin, [port]);
  };

  #begin(port: BridgePort): void {
    if (this.#state === 'closed') port.fail('The bridge window is closed.');
    else if (this.#challenge !== undefined) void port.start(this.#challenge, this.#post);
  }

  /** A window that was reloaded says so again, with another challenge. */
  #onMessage(event: MessageEvent<unknown>): void {
    if (event.source !== this.#window || event.origin !== this.#origin) return;
    const ready = parseReady(event.data);
    if (ready === undefined || this.#state === 'closed') return;
    const isReloaded = this.#challenge !== undefined;
    this.#challenge = ready.challenge;
    if (isReloaded) for (const port of [...this.#ports]) port.fail('The bridge window was reloaded.');
    else for (const port of this.#ports) void port.start(ready.challenge, this.#post);
    this.#state = 'open';
    this.#options.onState('open');
  }

  #look(): void {
    if (this.#window.closed) this.#onClosed();
  }

  #onClosed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopListening();
    this.#options.page.clearInterval(this.#timer);
    for (const port of [...this.#ports]) port.fail('The bridge window is closed.');
    this.#options.onState('closed');
  }
}

interface BridgePortOptions {
  readonly page: BridgePage;
  readonly token: string;
  readonly bridgeOrigin: string;
  readonly events: TransportEvents;
  readonly onRefused: (reason: BridgeRefusal) => void;
  readonly onOver: () => void;
}

/** How a connection ends that was refused, as a socket would end. */
const closeCodes: Readonly<Record<BridgeRefusal, number>> = {
  origin: protocolErrors.TRANSPORT_LOST.closeCode,
  token: protocolErrors.UNAUTHORIZED.closeCode,
  unreachable: protocolErrors.TRANSPORT_LOST.closeCode,
};

/** One connection: a port to the window, which holds its socket. */
class BridgePort implements Transport {
  readonly #options: BridgePortOptions;
  readonly #port: MessagePort;
  readonly #peer: MessagePort;
  readonly #nonce: string;
  #isStarted = false;
  #isOpen = false;
  #isOver = false;
  #sentBytes = 0;
  #takenBytes = 0;

  constructor(options: BridgePortOptions) {
    this.#options = options;
    const { port1, port2 } = new options.page.MessageChannel();
    this.#port = port1;
    this.#peer = port2;
    this.#nonce = options.page.crypto.randomUUID();
    this.#port.onmessage = (event: MessageEvent<unknown>) => this.#onMessage(event.data);
    // Sooner than the look for the window, where the browser has the event.
    this.#port.addEventListener('close', () => this.fail('The bridge window is closed.'));
  }

  /** Shows the window that this page knows the token, and hands it the other end of the port. Idempotent. */
  async start(challenge: string, post: (message: object, port: MessagePort) => void): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { page, token } = this.#options;
    try {
      const proof = await bridgeProof(page.crypto.subtle, token, { by: 'page', challenge, origin: page.origin });
      if (!this.#isOver) post({ kind: 'connect', nonce: this.#nonce, proof }, this.#peer);
    } catch (error) {
      this.fail(`The token cannot be proved: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  fail(reason: string): void {
    this.#end(protocolErrors.CLOSED.closeCode, reason);
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (!this.#isOpen || this.#isOver) return;
    this.#sentBytes += message.byteLength;
    // A copy is what is given away: the session may have to send the message again.
    const { buffer } = message.slice();
    this.#port.postMessage(buffer, [buffer]);
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#port.postMessage({ kind: 'close', code, reason });
    if (!this.#isOpen) this.#end(code, reason);
  }

  get bufferedAmount(): number {
    return this.#sentBytes - this.#takenBytes;
  }

  #onMessage(data: unknown): void {
    if (this.#isOver) return;
    if (data instanceof ArrayBuffer) {
      if (this.#isOpen) this.#options.events.onMessage(new Uint8Array(data));
      return;
    }
    const message = parsePortMessage(data);
    if (message?.kind === 'open') void this.#onOpen(message.proof);
    else if (message?.kind === 'taken') this.#takenBytes = message.bytes;
    else if (message?.kind === 'refused') this.#refused(message.reason);
    else if (message?.kind === 'close') this.#end(message.code, message.reason);
  }

  /** Before the token goes out, the gateway shows that it knows it. */
  async #onOpen(proof: string): Promise<void> {
    const { page, token, bridgeOrigin, events } = this.#options;
    const expected = await bridgeProof(page.crypto.subtle, token, {
      by: 'gateway',
      challenge: this.#nonce,
      origin: bridgeOrigin,
    });
    if (this.#isOver || this.#isOpen) return;
    if (proof !== expected) {
      this.#port.postMessage({ kind: 'close', code: protocolErrors.CLOSED.closeCode, reason: '' });
      this.#refused('token');
      return;
    }
    this.#isOpen = true;
    events.onOpen();
  }

  #refused(reason: BridgeRefusal): void {
    this.#options.onRefused(reason);
    this.#end(closeCodes[reason], '');
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onOver();
    this.#options.events.onClose(code, reason);
    this.#port.close();
  }
}
