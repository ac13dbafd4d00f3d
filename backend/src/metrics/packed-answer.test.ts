import { randomBytes } from 'node:crypto';
import { constants, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { maxPackedBytes, PackedAnswer } from './packed-answer.ts';

const usage = '{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}';
const counts = { tokensIn: 3, tokensOut: 4 };

function read(content: Uint8Array, pieceLength = 7) {
  const answer = new PackedAnswer();
  for (let at = 0; at < content.length; at += pieceLength) answer.push(content.subarray(at, at + pieceLength));
  return answer.read();
}

describe('PackedAnswer', () => {
  it('reads the token counts of an answer in gzip, however it is cut', async () => {
    expect(await read(gzipSync(usage))).toEqual(counts);
    expect(await read(gzipSync(`${'word '.repeat(10_000)}${usage}`), 1_000)).toEqual(counts);
  });

  it('reads what came of an answer without its end', async () => {
    const flushed = gzipSync(usage, { finishFlush: constants.Z_SYNC_FLUSH });
    expect(await read(flushed)).toEqual(counts);
  });

  it('goes without where the answer is too long, unpacks too far, or is no gzip', async () => {
    expect(await read(gzipSync(Buffer.concat([randomBytes(maxPackedBytes), Buffer.from(usage)])), 10_000)).toBeUndefined();
    expect(await read(gzipSync(Buffer.alloc(9 * 1024 ** 2, usage)), 10_000)).toBeUndefined();
    expect(await read(Buffer.from(usage))).toBeUndefined();
    expect(await read(Buffer.alloc(0))).toBeUndefined();
  });
});
