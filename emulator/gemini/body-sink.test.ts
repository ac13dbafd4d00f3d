import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGzipSink, createPlainSink } from './body-sink.ts';

describe('createGzipSink', () => {
  it('makes one gzip member of all pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 })), async (pieces) => {
        const target = new PassThrough();
        const sink = createGzipSink(target, new AbortController().signal);
        for (const piece of pieces) sink.write(piece);
        sink.end();
        expect(gunzipSync(await buffer(target)).equals(Buffer.concat(pieces))).toBe(true);
      }),
    );
  });

  it('lets each piece be read before the next is written', async () => {
    const gunzip = createGunzip();
    const sink = createGzipSink(gunzip, new AbortController().signal);
    for (const piece of ['one', 'two', 'three']) {
      sink.write(Buffer.from(piece));
      const [read] = await new Promise<Buffer[]>((resolve) => gunzip.once('data', (...chunks) => resolve(chunks)));
      expect(read?.toString()).toBe(piece);
    }
    sink.end();
  });
});

describe('createPlainSink', () => {
  it('waits for a slow reader, and no longer than the client stays', async () => {
    const target = new PassThrough({ highWaterMark: 1 });
    const leaving = new AbortController();
    const sink = createPlainSink(target, leaving.signal);
    expect(sink.write(Buffer.from('ab'))).toBe(false);
    const drained = sink.drained();
    target.read();
    await drained;
    expect(sink.write(Buffer.from('cd'))).toBe(false);
    const interrupted = sink.drained();
    leaving.abort(new Error('gone'));
    await expect(interrupted).rejects.toThrow('gone');
    expect(target.listenerCount('drain')).toBeLessThanOrEqual(1);
  });
});
