import { trailerBytes } from './content.ts';
import type { Exchange, Piece } from './exchange.ts';
import type { StreamShape } from './plan.ts';

export interface StreamCheck {
  /** Bytes that were sent and did not come. */
  readonly lostBytes: number;
  /** Whether the bytes that came are those that were sent. */
  readonly intact: boolean;
  /** From the sending of each chunk to the arrival of its last byte, milliseconds. Empty for streams at full speed. */
  readonly chunkLatenciesMs: readonly number[];
}

const decoder = new TextDecoder();

/** Looks at a finished stream, after the clock has stopped. */
export async function checkStream(exchange: Exchange, shape: StreamShape, clockOffsetMs: number): Promise<StreamCheck> {
  const bytes = join(exchange.pieces);
  const sent = shape.chunks * shape.chunkBytes + trailerBytes;
  const lostBytes = Math.max(0, sent - bytes.length);
  const intact = exchange.status === 200 && bytes.length === sent && (await matchesTrailer(bytes));
  return {
    lostBytes,
    intact,
    chunkLatenciesMs: shape.intervalMs === 0 ? [] : latencies(exchange.pieces, bytes, shape, clockOffsetMs),
  };
}

async function matchesTrailer(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const end = bytes.length - trailerBytes;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.subarray(0, end)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return decoder.decode(bytes.subarray(end)).includes(`"sha256":"${hex}"`);
}

function latencies(pieces: readonly Piece[], bytes: Uint8Array, shape: StreamShape, clockOffsetMs: number): number[] {
  const found: number[] = [];
  let arrived = 0;
  for (const piece of pieces) {
    const before = Math.floor(arrived / shape.chunkBytes);
    arrived += piece.bytes.length;
    const complete = Math.min(Math.floor(arrived / shape.chunkBytes), shape.chunks);
    const arrivedAt = performance.timeOrigin + piece.at + clockOffsetMs;
    for (let chunk = before; chunk < complete; chunk += 1) {
      const head = decoder.decode(bytes.subarray(chunk * shape.chunkBytes, chunk * shape.chunkBytes + 80));
      const sentAt = /"t":([\d.]+)/.exec(head)?.[1];
      if (sentAt !== undefined) found.push(arrivedAt - Number(sentAt));
    }
  }
  return found;
}

function join(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece.bytes, offset);
    offset += piece.bytes.length;
  }
  return joined;
}
