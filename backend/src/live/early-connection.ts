import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import type { ClientSocket, ClientSocketEvents } from '../orchestrator/client-socket.ts';
import type { RequestTrace } from '../orchestrator/request-trace.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** RFC 6455, 7.4.1. */
const policyViolation = 1008;
const internalError = 1011;

/**
 * A client whose handshake the gateway completes by itself, since its first message decides on the account. What comes before the
 * upstream is open waits here; a handshake that the upstream refuses becomes a close.
 */
export class EarlyConnection implements ClientSocket, ClientSocketEvents {
  readonly account: Promise<string | undefined>;
  readonly #client: ClientSocket;
  readonly #first = Promise.withResolvers<Bytes>();
  readonly #waiting: { readonly message: Bytes; readonly isText: boolean }[] = [];
  #events: ClientSocketEvents | undefined;
  #isOpen = false;

  /** `findAccount` tells whose the resources are that the first message names. */
  constructor(client: ClientSocket, findAccount: (message: Bytes) => Promise<string | undefined>) {
    this.#client = client;
    this.account = this.#first.promise.then(findAccount);
  }

  get path(): string {
    return this.#client.path;
  }

  get headers(): HeaderList {
    return this.#client.headers;
  }

  get trace(): RequestTrace | undefined {
    return this.#client.trace;
  }

  get operation(): string {
    return this.#client.operation;
  }

  bind(events: ClientSocketEvents): void {
    this.#events = events;
    this.#client.bind(this);
    this.#client.accept({ status: 101, headers: [] });
  }

  accept(): void {
    this.#isOpen = true;
    this.#client.resume();
    for (const { message, isText } of this.#waiting.splice(0)) this.#events?.onClientMessage(message, isText);
  }

  refuse({ status }: ResponseHead, body: Bytes): void {
    this.#client.close(status < 500 ? policyViolation : internalError, messageIn(body) ?? `The Gemini API answered ${status}.`);
  }

  fail(error: GatewayError): void {
    this.#client.fail(error);
  }

  send(message: Bytes, isText: boolean, onSent: () => void): void {
    this.#client.send(message, isText, onSent);
  }

  pause(): void {
    this.#client.pause();
  }

  resume(): void {
    this.#client.resume();
  }

  close(code: number, reason: string): void {
    this.#client.close(code, reason);
  }

  terminate(): void {
    this.#client.terminate();
  }

  onClientMessage(message: Bytes, isText: boolean): void {
    if (this.#isOpen) {
      this.#events?.onClientMessage(message, isText);
      return;
    }
    this.#waiting.push({ message, isText });
    this.#client.pause();
    this.#first.resolve(message);
  }

  onClientClosed(code: number, reason: string): void {
    this.#events?.onClientClosed(code, reason);
  }
}

/** The message of an error as the Gemini API writes it. */
function messageIn(body: Bytes): string | undefined {
  const [, spelled] = /"message":\s*("(?:[^"\\]|\\.)+")/.exec(Buffer.from(body).toString()) ?? [];
  try {
    return spelled === undefined ? undefined : String(JSON.parse(spelled));
  } catch {
    return undefined;
  }
}
