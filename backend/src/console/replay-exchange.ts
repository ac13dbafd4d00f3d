import { type OperationName, parseOperation } from '@gemini-proxy/gemini';
import type { HeaderList } from '@gemini-proxy/protocol';
import { BodyPump } from '../orchestrator/body-pump.ts';
import type { ClientEvents, ClientExchange } from '../orchestrator/client-exchange.ts';
import type { RequestTrace } from '../orchestrator/request-trace.ts';
import type { RequestRecord } from '../requests/request-record.ts';

/** A kept request, sent again. Its answer is seen in its record alone. */
export class ReplayExchange implements ClientExchange {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
  readonly operation: OperationName;
  readonly bodyLength: number;
  readonly trace: RequestTrace;
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #pump = new BodyPump();
  #events: ClientEvents | undefined;
  #isOver = false;

  constructor({ facts, requestHeaders }: RequestRecord, body: Uint8Array, trace: RequestTrace) {
    this.method = facts.method;
    this.path = facts.path;
    this.headers = requestHeaders;
    this.operation = parseOperation(facts.method, facts.path).name;
    this.trace = trace;
    this.#body = Uint8Array.from(body);
    this.bodyLength = body.length;
  }

  bind(events: ClientEvents): void {
    this.#events = events;
  }

  startBody(): void {
    if (this.#events !== undefined) void this.#pump.run([this.#body], this.#events);
  }

  pauseBody(): void {
    this.#pump.pause();
  }

  resumeBody(): void {
    this.#pump.resume();
  }

  sendHead(): void {}

  write(): boolean {
    return true;
  }

  end(): void {
    this.#finish(true);
  }

  fail(): void {
    this.#finish(false);
  }

  destroy(): void {
    this.#finish(false);
  }

  /** The exchange hears of its end in a turn of its own, as it does from a socket. */
  #finish(isDelivered: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pump.stop();
    queueMicrotask(() => this.#events?.onClosed(isDelivered));
  }
}
