import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { model, type Target } from './client.ts';
import { type CommandResult, runCommand } from './command.ts';

const packageFile = createRequire(import.meta.url).resolve('@google/gemini-cli/package.json');

/** Runs gemini-cli headless in an empty home and an empty working folder, pointed at the target by its two environment variables alone. */
export async function runGeminiCli(
  target: Target,
  prompt: string,
  outputFormat: 'json' | 'stream-json' | 'text',
  system?: string,
): Promise<CommandResult> {
  const home = await mkdtemp(join(tmpdir(), 'gemini-cli-home-'));
  try {
    await mkdir(join(home, '.gemini'));
    await mkdir(join(home, 'work'));
    await writeFile(
      join(home, '.gemini', 'settings.json'),
      JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } }, telemetry: { enabled: false } }),
    );
    const environment: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOME: home,
      GEMINI_API_KEY: target.apiKey,
      GOOGLE_GEMINI_BASE_URL: target.baseUrl,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
      NO_COLOR: '1',
    };
    if (system !== undefined) {
      await writeFile(join(home, 'system.md'), system);
      environment.GEMINI_SYSTEM_MD = join(home, 'system.md');
    }
    const entry = join(dirname(packageFile), 'bundle', 'gemini.js');
    return await runCommand(process.execPath, [entry, '-m', model, '-p', prompt, '--output-format', outputFormat], {
      environment,
      folder: join(home, 'work'),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
