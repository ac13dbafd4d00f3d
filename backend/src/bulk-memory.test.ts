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
    collect();
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 64; count += 1) new Uint8Array(64 * 1024).fill(1);
    const during = process.memoryUsage().arrayBuffers;
    collect();
    const after = process.memoryUsage().arrayBuffers;
    expect(during - before).toBeGreaterThan(2 * 1024 * 1024);
    expect(after - before).toBeLessThan(1024 * 1024);
  });
});
