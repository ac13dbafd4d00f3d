import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-program-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it.each([
  { note: 'its exit code', text: 'process.exit(Number(process.argv[2]));', expected: 7 },
  {
    note: '130 when a signal ended it',
    text: "process.kill(process.pid, 'SIGINT'); setInterval(() => {}, 1000);",
    expected: 130,
  },
  { note: '1 when it was killed', text: "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);", expected: 1 },
])('returns $note', async ({ text, expected }) => {
  const path = join(folder, 'program.js');
  await writeFile(path, text);
  expect(await runProgram(path, ['7'])).toBe(expected);
});
