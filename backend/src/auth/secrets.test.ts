import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateSecrets } from './secrets.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'gemini-proxy-secrets-'));
  folder = join(parent, 'deep', 'data');
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe('loadOrCreateSecrets', () => {
  it('creates both secrets, readable by their owner only', async () => {
    const secrets = await loadOrCreateSecrets(folder);
    expect(secrets).toMatchObject({ created: true, warnings: [] });
    expect(secrets.clientKey).toMatch(/^gp-client-[\w-]{43}$/);
    expect(secrets.workerToken).toMatch(/^gp-worker-[\w-]{43}$/);
    expect(await modeOf(folder)).toBe('700');
    expect(await modeOf(join(folder, 'client-key'))).toBe('600');
    expect(await modeOf(join(folder, 'worker-token'))).toBe('600');
    expect(await readFile(join(folder, 'client-key'), 'utf8')).toBe(`${secrets.clientKey}\n`);
  });

  it('reads them again later', async () => {
    const first = await loadOrCreateSecrets(folder);
    expect(await loadOrCreateSecrets(folder)).toEqual({ ...first, created: false });
  });

  it('makes only the secret that is missing', async () => {
    const first = await loadOrCreateSecrets(folder);
    await rm(join(folder, 'worker-token'));
    const second = await loadOrCreateSecrets(folder);
    expect(second).toMatchObject({ clientKey: first.clientKey, created: true });
    expect(second.workerToken).not.toBe(first.workerToken);
  });

  it('gives everyone who starts at once the same secrets, and leaves no temporary files', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateSecrets(folder)));
    expect(new Set(all.map(({ clientKey }) => clientKey)).size).toBe(1);
    expect(new Set(all.map(({ workerToken }) => workerToken)).size).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(['admin-token', 'client-key', 'worker-token']);
  });

  it('tightens a file that others could read, and says so', async () => {
    await loadOrCreateSecrets(folder);
    await chmod(join(folder, 'client-key'), 0o644);
    const { warnings } = await loadOrCreateSecrets(folder);
    expect(warnings).toEqual([expect.stringContaining('Other users could read the client key')]);
    expect(await modeOf(join(folder, 'client-key'))).toBe('600');
  });

  it('warns of a folder that others can write to, and leaves its mode alone', async () => {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    const { warnings } = await loadOrCreateSecrets(folder);
    expect(warnings).toEqual([expect.stringContaining('Other users can write to the data folder')]);
    expect(await modeOf(folder)).toBe('777');
  });

  it.each([
    { note: 'an empty file', content: '\n', expected: /client-key is empty\. Delete the file/ },
    { note: 'a file of something else', content: 'hunter2\n', expected: /does not hold a client key .* Delete the file/ },
    { note: 'a file cut short', content: 'gp-client-abc', expected: /does not hold a client key/ },
  ])('refuses $note without showing it', async ({ content, expected }) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'client-key'), content, { mode: 0o600 });
    const failure = loadOrCreateSecrets(folder);
    await expect(failure).rejects.toThrow(expected);
    await expect(failure).rejects.not.toThrow('hunter2');
  });

  it('says what to do when the folder cannot be made', async () => {
    await writeFile(join(parent, 'file'), '');
    await expect(loadOrCreateSecrets(join(parent, 'file', 'data'))).rejects.toThrow(
      /cannot be created \(ENOTDIR\)\. Choose another folder with --data-folder/,
    );
  });
});
