import type { Behaviour, Fault } from '@gemini-proxy/emulator/gemini';
import type { SeededRandom } from '../seeded-random.ts';
import type { Asked, PlannedRequest, Reader } from './plan.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Out of 100 requests. */
const kinds: readonly (readonly [kind: Asked['kind'], weight: number])[] = [
  ['unary', 28],
  ['sse', 32],
  ['array', 6],
  ['list', 8],
  ['down', 9],
  ['echo', 10],
  ['upload', 3],
  ['live', 4],
];

export function planRequest(random: SeededRandom, { id, atMs }: { readonly id: number; readonly atMs: number }): PlannedRequest {
  const asked = planAsked(random);
  return { id, atMs, asked, reader: planReader(random, asked), reusesConnection: random.next() < 0.5 };
}

function planAsked(random: SeededRandom): Asked {
  const kind = pickWeighted(random, kinds);
  switch (kind) {
    case 'unary':
      return { kind, promptBytes: sizeUpTo(random, 256 * kibibyte), behaviour: planBehaviour(random, 1) };
    case 'sse':
    case 'array': {
      const chunkCount = random.between(1, 150);
      const pace = { chunkCount, chunkBytes: sizeUpTo(random, 8 * kibibyte), chunkIntervalMs: random.pick([0, 0, 5, 20, 60]) };
      return {
        kind,
        promptBytes: sizeUpTo(random, 256 * kibibyte),
        behaviour: { ...planBehaviour(random, chunkCount), ...pace },
      };
    }
    case 'list':
      return { kind, behaviour: planBehaviour(random, 1) };
    case 'down': {
      const bytes = sizeUpTo(random, 8 * mebibyte);
      return { kind, bytes, behaviour: planBehaviour(random, Math.ceil(bytes / (64 * kibibyte)) - 1) };
    }
    case 'echo':
      return { kind, bytes: sizeUpTo(random, 4 * mebibyte), behaviour: planBehaviour(random, 3) };
    case 'upload':
      return { kind, bytes: sizeUpTo(random, 12 * mebibyte) };
    case 'live':
      return { kind, turns: random.between(1, 4) };
    default:
      return kind satisfies never;
  }
}

/** One in six is answered late, one in six with a fault. An answer that tells its length is complete with its last chunk, so that a fault comes before. */
function planBehaviour(random: SeededRandom, mostChunks: number): Behaviour {
  const delayMs = random.next() < 1 / 6 ? random.between(50, 3_000) : 0;
  return random.next() < 1 / 6 ? { delayMs, fault: planFault(random, mostChunks) } : { delayMs };
}

function planFault(random: SeededRandom, mostChunks: number): Fault {
  const afterChunks = random.between(0, mostChunks);
  const code = random.pick([500, 503]);
  return pickWeighted<Fault>(random, [
    [{ kind: 'status', status: random.pick([400, 404, 429, 500, 503]) }, 4],
    [{ kind: 'cut', afterChunks }, 3],
    [{ kind: 'mid-stream-error', afterChunks: Math.max(1, afterChunks), code }, 2],
    // Each holds a slot until a deadline, and makes its worker look as if it had fewer of them.
    [{ kind: 'hang', afterChunks }, 1],
  ]);
}

function planReader(random: SeededRandom, { kind }: Asked): Reader {
  if (kind === 'upload' || kind === 'live') return { kind: 'quick' };
  const dice = random.next();
  if (dice < 0.1) return { kind: 'leaves', afterBytes: sizeUpTo(random, mebibyte), afterMs: random.between(1, 2_000) };
  if (dice < 0.25) return { kind: 'slow', bytesPerSecond: sizeUpTo(random, 2 * mebibyte) + 256 * kibibyte };
  return { kind: 'quick' };
}

/** Small ones are as likely as large ones: even on a logarithmic scale. */
function sizeUpTo(random: SeededRandom, most: number): number {
  return Math.max(1, Math.round(most ** random.next()));
}

export function pickWeighted<Value>(random: SeededRandom, choices: readonly (readonly [value: Value, weight: number])[]): Value {
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random.next() * total;
  for (const [value, weight] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  throw new RangeError('Nothing to pick from.');
}
