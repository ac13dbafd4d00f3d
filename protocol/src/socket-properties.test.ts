import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RecordedSocket, SessionPair, type SocketExchange } from '../testing/index.ts';
import type { SocketStream } from './index.ts';

type Message = { readonly size: number; readonly isText: boolean };

interface Run {
  readonly windowBytes: number;
  readonly maxDataBytes: number;
  readonly maxBufferedBytes: number;
  readonly sockets: readonly { readonly up: readonly Message[]; readonly down: readonly Message[] }[];
  readonly steps: readonly {
    readonly action: 'send' | 'take' | 'deliver' | 'flush';
    readonly side: 'up' | 'down';
    readonly index: number;
  }[];
}

describe('websocket streams, whatever happens', () => {
  it('bring every message whole, in order and with its kind, and then the close', () => {
    fc.assert(fc.property(anyRun(), runBothWays), { numRuns: 200 });
  });
});

function anyRun(): fc.Arbitrary<Run> {
  const messages = fc.array(fc.record({ size: fc.nat({ max: 400 }), isText: fc.boolean() }), { maxLength: 10 });
  return fc.record({
    windowBytes: fc.integer({ min: 1, max: 300 }),
    maxDataBytes: fc.integer({ min: 1, max: 100 }),
    maxBufferedBytes: fc.integer({ min: 200, max: 1000 }),
    sockets: fc.array(fc.record({ up: messages, down: messages }), { minLength: 1, maxLength: 4 }),
    steps: fc.array(
      fc.record({
        action: fc.constantFrom('send' as const, 'take' as const, 'deliver' as const, 'flush' as const),
        side: fc.constantFrom('up' as const, 'down' as const),
        index: fc.nat({ max: 3 }),
      }),
      { maxLength: 150 },
    ),
  });
}

/** One direction of one socket: a sender, and a reader that takes when it is told to. */
class Direction {
  readonly expected: (string | number[])[];
  readonly #messages: Message[];
  readonly #record: RecordedSocket;
  readonly #sender: SocketStream;
  readonly #reader: SocketStream;
  #takenCount = 0;
  #isClosed = false;

  constructor(messages: readonly Message[], parts: { sender: SocketStream; reader: SocketStream; record: RecordedSocket }) {
    this.#messages = [...messages];
    this.#sender = parts.sender;
    this.#reader = parts.reader;
    this.#record = parts.record;
    this.expected = messages.map((message, seed) => (message.isText ? textOf(message.size, seed) : bytesOf(message.size, seed)));
  }

  get isDone(): boolean {
    return this.#record.closes.length > 0;
  }

  get received(): (string | number[])[] {
    return this.#record.messages;
  }

  send(): void {
    const next = this.expected[this.expected.length - this.#messages.length];
    const message = this.#messages.shift();
    if (message === undefined || next === undefined) {
      if (!this.#isClosed) this.#sender.close(1000, '');
      this.#isClosed = true;
      return;
    }
    const bytes = typeof next === 'string' ? new TextEncoder().encode(next) : Uint8Array.from(next);
    this.#sender.send(bytes, message.isText);
  }

  take(): void {
    if (this.#takenCount >= this.received.length) return;
    this.#takenCount++;
    this.#reader.taken();
  }
}

function runBothWays(run: Run): void {
  const { windowBytes, maxDataBytes, maxBufferedBytes } = run;
  const pair = SessionPair.open({ welcome: { windowBytes }, limits: { maxDataBytes, maxBufferedBytes } });
  const lanes = run.sockets.map(({ up, down }) => {
    const exchange: SocketExchange = pair.socket({ status: 101 });
    return {
      up: new Direction(up, { sender: exchange.stream, reader: exchange.served, record: exchange.request }),
      down: new Direction(down, { sender: exchange.served, reader: exchange.stream, record: exchange.answer }),
    };
  });
  for (const { action, side, index } of run.steps) {
    if (action === 'flush') pair.flushes.run();
    else if (action === 'deliver') (side === 'up' ? pair.gatewayTransport : pair.workerTransport).deliver(1);
    else lanes[index % lanes.length]?.[side][action]();
  }
  const directions = lanes.flatMap(({ up, down }) => [up, down]);
  for (let round = 0; round < 5_000 && directions.some(({ isDone }) => !isDone); round++) {
    for (const direction of directions) {
      direction.send();
      direction.take();
    }
    pair.settle();
  }
  for (const direction of directions) {
    expect(direction.isDone).toBe(true);
    expect(direction.received).toEqual(direction.expected);
  }
  expect([pair.gatewayError, pair.workerError]).toEqual([undefined, undefined]);
  expect(pair.gateway.debugState()).toMatchObject({ streams: 0, queuedBytes: 0 });
  expect(pair.worker.debugState()).toMatchObject({ streams: 0, queuedBytes: 0 });
}

function bytesOf(size: number, seed: number): number[] {
  return Array.from({ length: size }, (_, index) => (seed * 31 + index) % 251);
}

function textOf(size: number, seed: number): string {
  return Array.from({ length: size }, (_, index) => String.fromCharCode(97 + ((seed + index) % 26))).join('');
}
