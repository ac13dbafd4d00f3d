import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { model, type Target } from './client.ts';
import { runCommand } from './command.ts';

const require = createRequire(createRequire(import.meta.url).resolve('opencode-ai/package.json'));

/** Asks opencode, run from its package for this machine in an empty home; it streams. */
export async function runOpencode({ baseUrl, apiKey }: Target, prompt: string): Promise<string> {
  const platformPackage = require.resolve(`opencode-${process.platform}-${process.arch}/package.json`);
  const home = await mkdtemp(join(tmpdir(), 'opencode-home-'));
  try {
    const configuration = { provider: { google: { options: { baseURL: `${baseUrl}/v1beta`, apiKey } } } };
    await writeFile(join(home, 'opencode.json'), JSON.stringify(configuration));
    const command = join(dirname(platformPackage), 'bin', 'opencode');
    const result = await runCommand(command, ['run', '--model', `google/${model}`, prompt], {
      folder: home,
      environment: {
        PATH: process.env.PATH,
        HOME: home,
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_AUTOUPDATE: '1',
      },
    });
    if (result.code !== 0) throw new Error(`opencode ended with ${result.code}: ${result.stderr}${result.stdout}`);
    return result.stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
