import type { Transport, TransportEvents } from '@gemini-proxy/protocol';

type Message = Uint8Array<ArrayBuffer>;

/** One end of a pair in memory. */
export class MemoryTransport implements Transport {
  /** What `send` was given and the peer has not got; in manual delivery it grows until `deliver`. */
  readonly queue: Message[] = [];
  /** Messages handed to the peer so far. */
  deliveredCount = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #schedule: ((task: () => void) => void) | undefined;
  #events: TransportEvents | undefined;
  #peer: MemoryTransport | undefined;
  #isCloseDelivered = false;

  constructor(schedule: ((task: () => void) => void) | undefined) {
    this.#schedule = schedule;
  }

  get bufferedAmount(): number {
    let bytes = 0;
    for (const message of this.queue) bytes += message.byteLength;
    return bytes;
  }

  /** Ties two ends together. */
  connect(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  /** Says who is told of messages and of the close. */
  listen(events: TransportEvents): void {
    this.#events = events;
  }

  send(message: Message): void {
    if (this.closed !== undefined) return;
    this.queue.push(message);
    this.#schedule?.(() => this.deliver(1));
  }

  close(code: number, reason: string): void {
    if (this.closed !== undefined) return;
    this.closed = { code, reason };
    if (this.#schedule === undefined) return;
    this.#schedule(() => this.deliverClose());
  }

  /** Hands the next messages to the peer. Returns how many there were. */
  deliver(count = Number.POSITIVE_INFINITY): number {
    let delivered = 0;
    while (delivered < count) {
      const message = this.queue.shift();
      if (message === undefined) break;
      delivered++;
      this.deliveredCount++;
      this.#peer?.accept(message);
    }
    return delivered;
  }

  /** Takes a message from the peer, unless this end is closed. */
  accept(message: Message): void {
    if (this.closed === undefined) this.#events?.onMessage(message);
  }

  /** Lets both ends know of a close. */
  deliverClose(): void {
    if (this.closed === undefined || this.#isCloseDelivered) return;
    this.#isCloseDelivered = true;
    const { code, reason } = this.closed;
    const peer = this.#peer;
    if (peer !== undefined && !peer.#isCloseDelivered) {
      peer.closed ??= { code, reason };
      peer.#isCloseDelivered = true;
      peer.#events?.onClose(code, reason);
    }
    this.#events?.onClose(code, reason);
  }

  /** This end alone learns that the connection broke. What it sent before may still arrive. */
  fail(): void {
    if (this.#isCloseDelivered) return;
    this.closed = { code: 1006, reason: '' };
    this.#isCloseDelivered = true;
    this.#events?.onClose(1006, '');
  }

  /** Breaks the connection: both ends learn of it without a reason, and what was under way is lost. */
  break(): void {
    this.queue.length = 0;
    this.closed = { code: 1006, reason: '' };
    if (this.#peer !== undefined) this.#peer.queue.length = 0;
    this.deliverClose();
  }
}

/**
 * Two connected transports in memory. Without `schedule` nothing moves until `deliver` is called; with it each message travels in a task
 * of its own, for example by `setImmediate`.
 */
export function transportPair(schedule?: (task: () => void) => void): { gateway: MemoryTransport; worker: MemoryTransport } {
  const gateway = new MemoryTransport(schedule);
  const worker = new MemoryTransport(schedule);
  gateway.connect(worker);
  worker.connect(gateway);
  return { gateway, worker };
}
