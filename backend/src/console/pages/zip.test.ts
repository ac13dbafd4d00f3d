import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { zip } from './zip.ts';

const entries = [
  { path: 'README.md', content: Buffer.from('# Hello\n') },
  { path: 'src/häuser/main.tsx', content: Buffer.from('x'.repeat(10_000)) },
  { path: 'empty', content: Buffer.alloc(0) },
];

describe('zip', () => {
  it('packs files that another implementation unpacks', () => {
    const unpacked = Object.entries(unzipSync(zip(entries))).map(([path, content]) => [path, strFromU8(content)]);
    expect(unpacked).toEqual(entries.map(({ path, content }) => [path, content.toString()]));
  });

  it('gives the same archive for the same files', () => {
    expect(zip(entries)).toEqual(zip(entries));
  });
});
