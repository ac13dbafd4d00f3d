import type { GatewaySession, ServedStream, SessionLimits, Stream, StreamEvents } from '@gemini-proxy/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import { Direction, directionEvents } from './direction.ts';
import { exampleRequest } from './session-pair.ts';

/** What many streams at once carry, and how narrow it is for them. */
export interface Traffic {
  readonly windowBytes: number;
  readonly maxDataBytes: number;
  readonly maxBufferedBytes: number;
  /** For each stream what each side writes, piece by piece. */
  readonly streams: readonly { readonly up: readonly number[]; readonly down: readonly number[] }[];
}

/** One side of a stream does something. */
export interface LaneStep {
  readonly kind: 'write' | 'consume';
  readonly side: 'up' | 'down';
  readonly stream: number;
  readonly byteCount: number;
}

/** A stream with both its directions. */
interface Lane {
  readonly up: Direction;
  readonly down: Direction;
  gateway?: Stream;
  worker?: ServedStream;
}

/** What a pair of sessions is opened with, so that lanes run between them. */
export interface LanePairOptions {
  readonly welcome: { readonly windowBytes: number };
  readonly limits: Partial<SessionLimits>;
  readonly serve: (stream: ServedStream) => StreamEvents;
}

export function anyTraffic(): { [Key in keyof Traffic]: fc.Arbitrary<Traffic[Key]> } {
  const pieces = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 12 });
  return {
    windowBytes: fc.integer({ min: 1, max: 300 }),
    maxDataBytes: fc.integer({ min: 1, max: 100 }),
    maxBufferedBytes: fc.integer({ min: 200, max: 1000 }),
    streams: fc.array(fc.record({ up: pieces, down: pieces }), { minLength: 1, maxLength: 6 }),
  };
}

export function anyLaneStep(): fc.Arbitrary<LaneStep> {
  return fc.record({
    kind: fc.constantFrom('write' as const, 'consume' as const),
    side: fc.constantFrom('up' as const, 'down' as const),
    stream: fc.nat({ max: 5 }),
    byteCount: fc.integer({ min: 1, max: 150 }),
  });
}

/** The streams of one run, open between two sessions. */
export class Lanes {
  readonly #lanes: readonly Lane[];
  readonly #windowBytes: number;

  private constructor({ streams, windowBytes }: Traffic) {
    this.#windowBytes = windowBytes;
    this.#lanes = streams.map(({ up, down }, index) => ({
      up: new Direction(up, index * 7, windowBytes),
      down: new Direction(down, index * 13 + 1, windowBytes),
    }));
  }

  /** Opens a pair of sessions and all streams between them. */
  static open<Pair extends { readonly gateway: GatewaySession }>(
    traffic: Traffic,
    openPair: (options: LanePairOptions) => Pair,
  ): { readonly pair: Pair; readonly lanes: Lanes } {
    const lanes = new Lanes(traffic);
    const { windowBytes, maxDataBytes, maxBufferedBytes } = traffic;
    const pair = openPair({
      welcome: { windowBytes },
      limits: { maxDataBytes, maxBufferedBytes },
      serve: (stream) => lanes.#serve(stream),
    });
    for (const lane of lanes.#lanes) {
      lane.gateway = pair.gateway.open(exampleRequest, directionEvents(lane.down, lane.up), { bodyless: false });
      lane.up.writeFrom(lane.gateway);
    }
    return { pair, lanes };
  }

  get isDone(): boolean {
    return this.#lanes.every(({ up, down }) => up.isEnded && down.isEnded);
  }

  take({ kind, side, stream, byteCount }: LaneStep): void {
    const lane = this.#lanes[stream % this.#lanes.length];
    if (kind === 'write') lane?.[side].write();
    else lane?.[side].consume(side === 'up' ? lane.worker : lane.gateway, byteCount);
  }

  /** Every side writes a piece, and takes what it was given. */
  advance(): void {
    for (const { up, down, gateway, worker } of this.#lanes) {
      up.write();
      down.write();
      up.consume(worker, this.#windowBytes);
      down.consume(gateway, this.#windowBytes);
    }
  }

  expectComplete(): void {
    for (const { up, down } of this.#lanes) {
      expect([up.isEnded, down.isEnded]).toEqual([true, true]);
      expect(up.received).toEqual(up.expected);
      expect(down.received).toEqual(down.expected);
    }
  }

  #serve(stream: ServedStream): StreamEvents {
    const lane = this.#lanes[stream.id - 1];
    if (lane === undefined) throw new Error('a stream too many');
    lane.worker = stream;
    lane.down.writeFrom(stream);
    stream.sendHead({ status: 200, headers: [] });
    return directionEvents(lane.up, lane.down);
  }
}
