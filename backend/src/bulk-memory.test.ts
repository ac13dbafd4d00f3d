import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BulkMemory, collectionBytes, youngGenerationCollector } from './bulk-memory.ts';

describe('BulkMemory', () => {
  it('collects each time that so many bytes have passed', () => {
    let collections = 0;
    const memory = new BulkMemory(() => {
      collections += 1;
    });
    const piece = collectionBytes / 4;
    const counts = Array.from({ length: 9 }, () => {
      memory.passed(piece);
      return collections;
    });
    expect(counts).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 2]);
  });
});

describe('the collector of the young generation', () => {
  it('frees buffers that nobody holds', () => {
    const collect = youngGenerationCollector();
    const bytesOfBuffers = () => process.memoryUsage().arrayBuffers;
    const mebibyte = 1024 * 1024;
    for (let count = 0; count < 128; count += 1) new Uint8Array(mebibyte / 16).fill(1);
    const most = bytesOfBuffers() - 4 * mebibyte;
    collect();
    // V8 gives them back in a thread of its own. Waiting for that in this turn, nothing else makes it collect.
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < 500 && bytesOfBuffers() > most; tries += 1) Atomics.wait(clock, 0, 0, 10);
    expect(bytesOfBuffers()).toBeLessThanOrEqual(most);
  });
});

describe('the settings of V8', () => {
  it('are known to this one, which else complains', async () => {
    const url = JSON.stringify(new URL('./bulk-memory.ts', import.meta.url).href);
    const script = `import { postponeMarking, youngGenerationCollector } from ${url}; postponeMarking(); youngGenerationCollector()();`;
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stderr).toBe('');
  });
});
