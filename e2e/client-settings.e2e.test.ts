import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CLIENT_NAMES, type ClientName, type ClientSettings, clientSettings } from '@gemini-proxy/gemini';
import { type Stack, startStack } from '@gemini-proxy/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CommandResult, runCommand } from './clients/command.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ browser: {} });
});
afterEach(() => stack.settled());
afterAll(() => stack?.[Symbol.asyncDispose]());

function settingsOf(name: ClientName): ClientSettings {
  return clientSettings(name, { baseUrl: stack.baseUrl, apiKey: stack.clientKey, model: 'gemini-2.5-flash' });
}

/** Those whose programs npm or the system brings, each as it is run here; the others are written for other languages and for windows. */
const runners: Partial<Record<ClientName, (settings: ClientSettings) => Promise<CommandResult>>> = {
  genai: runModule,
  'ai-sdk': runModule,
  langchain: runModule,
  curl: runShell,
  'gemini-cli': runShell,
};

const geminiCli = createRequire(import.meta.url).resolve('@google/gemini-cli/package.json');

/** The text as a module, where the packages are found that it imports. */
async function runModule({ name, texts }: ClientSettings): Promise<CommandResult> {
  await mkdir(join(import.meta.dirname, 'dist'), { recursive: true });
  const folder = await mkdtemp(join(import.meta.dirname, 'dist', `${name}-`));
  try {
    const [{ text } = { text: '' }] = texts;
    await writeFile(join(folder, 'snippet.mjs'), text);
    return await runCommand(process.execPath, [join(folder, 'snippet.mjs')], { environment: { PATH: process.env.PATH } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The texts in an empty home: files at their places, shell lines in a shell that finds `gemini`. */
async function runShell({ texts }: ClientSettings): Promise<CommandResult> {
  const home = await mkdtemp(join(tmpdir(), 'client-settings-'));
  try {
    const programs = join(home, 'programs');
    await Promise.all([mkdir(programs), mkdir(join(home, 'work'))]);
    const bundle = join(dirname(geminiCli), 'bundle', 'gemini.js');
    await writeFile(join(programs, 'gemini'), `#!/bin/sh\nexec '${process.execPath}' '${bundle}' "$@"\n`, { mode: 0o755 });
    for (const { place, text } of texts.filter((file) => file.place.startsWith('~/'))) {
      const path = join(home, place.slice(2));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    const [lines] = texts.filter(({ language }) => language === 'sh');
    return await runCommand('/bin/sh', ['-e', '-c', lines?.text ?? 'false'], {
      environment: { PATH: `${programs}:${process.env.PATH}`, HOME: home, GEMINI_CLI_TRUST_WORKSPACE: 'true', NO_COLOR: '1' },
      folder: join(home, 'work'),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

describe('the settings that the console gives', () => {
  it.each(Object.keys(runners) as ClientName[])('work for %s as they stand', async (name) => {
    const { code, stdout, stderr } = (await runners[name]?.(settingsOf(name))) ?? { code: 1, stdout: '', stderr: 'not run' };
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toContain('Say hello.');
    expect(stack.emulator.received.requests.length).toBeGreaterThan(0);
  });

  it('are there for every tool of the list', () => {
    for (const name of CLIENT_NAMES) expect(settingsOf(name).texts.length, name).toBeGreaterThan(0);
  });
});
