import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import type { AnsweringWorker, ClientExchange } from '../orchestrator/client-exchange.ts';
import type { ReceivedAnswer } from '../resources/read-answer.ts';
import { ForwardingExchange } from './forwarding-exchange.ts';

/** Bytes of an answer that are looked at; a longer one tells nothing of owners. */
const maxObservedBytes = 64 * 1024;

/** Hands a copy of a small answer to an observer, just before the client has all of it. */
export class ObservedExchange extends ForwardingExchange {
  readonly #headers: HeaderList;
  readonly #onAnswer: (answer: ReceivedAnswer) => void;
  #answer: (ResponseHead & { readonly account: string }) | undefined;
  #chunks: Uint8Array[] = [];
  #byteCount = 0;

  constructor(client: ClientExchange, onAnswer: (answer: ReceivedAnswer) => void) {
    super(client);
    this.#headers = withoutCompression(client.headers);
    this.#onAnswer = onAnswer;
  }

  /** Without the wish for compression, so that the answer can be read on its way. */
  override get headers(): HeaderList {
    return this.#headers;
  }

  override sendHead(head: ResponseHead, from: AnsweringWorker | undefined): void {
    if (from !== undefined) this.#answer = { ...head, account: from.account };
    super.sendHead(head, from);
  }

  override write(chunk: Uint8Array): boolean {
    this.#keep(chunk);
    return super.write(chunk);
  }

  override end(chunk: Uint8Array): void {
    this.#keep(chunk);
    if (this.#answer !== undefined) this.#onAnswer({ ...this.#answer, body: Buffer.concat(this.#chunks) });
    super.end(chunk);
  }

  #keep(chunk: Uint8Array): void {
    this.#byteCount += chunk.length;
    if (this.#byteCount <= maxObservedBytes) {
      this.#chunks.push(chunk);
    } else {
      this.#chunks = [];
      this.#answer = undefined;
    }
  }
}

/** Request headers with which an answer comes in clear. */
export function withoutCompression(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name !== 'accept-encoding');
}
