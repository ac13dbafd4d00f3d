import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs a command of `bin.ts` in a process of its own: React's production form depends on NODE_ENV, which a test runner sets to something else. */
export async function runInProduction(...commandLine: readonly string[]): Promise<void> {
  const bin = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'bin.ts' : 'bin.js');
  await promisify(execFile)(process.execPath, ['--conditions=source', bin, ...commandLine], {
    env: { ...process.env, NODE_ENV: 'production' },
  });
}
