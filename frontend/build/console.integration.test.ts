import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { listFiles } from './folders.ts';
import { buildConsole } from './index.ts';

let directory = '';
let paths: readonly string[] = [];

beforeAll(async () => {
  ({ directory } = await buildConsole());
  paths = await listFiles(directory);
}, 120_000);

describe('the built console', () => {
  it('is under 350 kB packed, all pages and languages together, and its first load far below', async () => {
    const sizes = new Map<string, number>();
    for (const path of paths) sizes.set(path, gzipSync(await readFile(join(directory, path))).length);
    const html = await readFile(join(directory, 'index.html'), 'utf8');
    const first = paths.filter((path) => path === 'index.html' || html.includes(path));
    const sum = (some: readonly string[]) => some.reduce((total, path) => total + (sizes.get(path) ?? 0), 0);
    expect(sum(first)).toBeLessThan(260_000);
    expect(sum(paths)).toBeLessThan(350_000);
  });

  it('has a part of its own for every page and language', () => {
    for (const part of ['Setup', 'Overview', 'Workers', 'Requests', 'Files', 'Keys', 'Settings', 'Logs'])
      expect(paths.filter((path) => path.startsWith(`assets/${part}Page-`) && path.endsWith('.js'))).toHaveLength(1);
    for (const language of ['en', 'zh']) expect(paths.some((path) => path.startsWith(`assets/${language}-`))).toBe(true);
  });

  it('brings everything along, and runs nothing inline', async () => {
    const html = await readFile(join(directory, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|https?:/);
    for (const [, path = ''] of html.matchAll(/(?:src|href)="\/console\/([^"]+)"/g)) expect(paths).toContain(path);
  });
});
