import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@gemini-proxy/testbed';

/** The command-line program as a newcomer starts it: an empty data folder, and nothing known of it but what it prints. */
export interface StartedProgram extends AsyncDisposable {
  readonly output: string;
}

const program = join(import.meta.dirname, '../../backend/src/cli/bin.ts');

export async function startProgram(): Promise<StartedProgram> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'gemini-proxy-first-run-'));
  const flags = ['--data-folder', dataFolder, '--port', '0'];
  const child = spawn(process.execPath, ['--conditions=source', program, 'serve', ...flags], {
    env: { PATH: process.env.PATH, HOME: dataFolder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await waitUntil(() => output.includes('/console#') || child.exitCode !== null, {
    what: 'the program to say where it is',
    timeoutMs: 60_000,
  });
  return {
    output,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}
