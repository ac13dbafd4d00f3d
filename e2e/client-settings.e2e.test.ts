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
  stack = await startStack({ unattendedBrowser: {} });
});
afterEach(async () => {
  await stack.settled();
  stack.emulator.received.clear();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

function settingsOf(name: ClientName): ClientSettings {
  return clientSettings(name, { baseUrl: stack.baseUrl, apiKey: stack.clientKey, model: 'gemini-2.5-flash' });
}

type Runner = (settings: ClientSettings) => Promise<CommandResult>;

/** Each tool as it is run here. Not there: LiteLLM and Open WebUI, Python programs that npm does not have; their texts are only looked at. */
const runners: Readonly<Record<Exclude<ClientName, 'litellm' | 'open-webui'>, Runner>> = {
  'gemini-cli': runShell,
  genai: runModule,
  'ai-sdk': runModule,
  langchain: runModule,
  cline: runShell,
  continue: runShell,
  curl: runShell,
};
const isRunHere = (name: ClientName): name is keyof typeof runners => name in runners;

const require = createRequire(import.meta.url);

/** The program for one kind of machine: the package `cline` has no more to run, and is three times as large. */
const clineProgram = '@cline/cli-linux-x64';
const isClineHere = process.platform === 'linux' && process.arch === 'x64';
const noCline = `Cline is installed as ${clineProgram} only`;

/** No telemetry, no updates, no question of trust, and no process that stays behind. */
const quietly = {
  NO_COLOR: '1',
  DO_NOT_TRACK: '1',
  GEMINI_CLI_TRUST_WORKSPACE: 'true',
  CONTINUE_METRICS_ENABLED: '0',
  CLINE_NO_AUTO_UPDATE: '1',
  CLINE_SESSION_BACKEND_MODE: 'local',
};

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

/** The texts in an empty home: files at their places, shell lines in a shell that finds the programs by the names that users know. */
async function runShell({ texts }: Pick<ClientSettings, 'texts'>): Promise<CommandResult> {
  const home = await mkdtemp(join(tmpdir(), 'client-settings-'));
  try {
    const programs = join(home, 'programs');
    await Promise.all([mkdir(programs), mkdir(join(home, 'work'))]);
    const files = {
      gemini: packageFile('@google/gemini-cli', 'bundle/gemini.js'),
      cn: packageFile('@continuedev/cli', 'dist/cn.js'),
    };
    const commands = Object.entries(files).map(([name, file]) => ({ name, command: `'${process.execPath}' '${file}'` }));
    if (isClineHere) commands.push({ name: 'cline', command: `'${packageFile(clineProgram, 'bin/cline')}'` });
    for (const { name, command } of commands) {
      await writeFile(join(programs, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
    }
    for (const { place, text } of texts.filter((file) => file.place.startsWith('~/'))) {
      const path = join(home, place.slice(2));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    const [lines] = texts.filter(({ language }) => language === 'sh');
    return await runCommand('/bin/sh', ['-e', '-c', lines?.text ?? 'false'], {
      environment: { ...quietly, PATH: `${programs}:${process.env.PATH}`, HOME: home },
      folder: join(home, 'work'),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function packageFile(name: string, file: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), file);
}

function expectAnAnswer({ code, stdout, stderr }: CommandResult): void {
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toContain('You said: ');
  expect(stdout).toContain('Say hello.');
  expect(stack.emulator.received.requests.map(({ path }) => path)).toContainEqual(
    expect.stringMatching(/enerateContent|chat\/completions/),
  );
}

describe('the settings that the console gives', () => {
  it.for(CLIENT_NAMES.filter(isRunHere))('work for %s as they stand', async (name, { skip }) => {
    skip(name === 'cline' && !isClineHere, noCline);
    expectAnAnswer(await runners[name](settingsOf(name)));
  });

  it("work for Cline's extension: what its form asks for, in the file where the command line keeps it", async ({ skip }) => {
    skip(!isClineHere, noCline);
    const [form] = settingsOf('cline').texts;
    const fields = new Map(
      form?.text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    expect([...fields.keys()]).toEqual(['API Provider', 'Gemini API Key', 'Use custom base URL', 'Model', '']);
    expect(fields.get('API Provider')).toBe('Google Gemini');
    const settings = {
      provider: 'gemini',
      apiKey: fields.get('Gemini API Key'),
      baseUrl: fields.get('Use custom base URL'),
      model: fields.get('Model'),
    };
    const kept = {
      version: 1,
      lastUsedProvider: 'gemini',
      providers: { gemini: { settings, updatedAt: new Date().toISOString(), tokenSource: 'manual' } },
    };
    const texts: ClientSettings['texts'] = [
      { place: '~/.cline/data/settings/providers.json', language: 'json', text: JSON.stringify(kept) },
      { place: 'Shell', language: 'sh', text: "cline 'Say hello.'\n" },
    ];
    expectAnAnswer(await runShell({ texts }));
  });

  it('are there for every tool of the list', () => {
    for (const name of CLIENT_NAMES) expect(settingsOf(name).texts.length, name).toBeGreaterThan(0);
  });
});
