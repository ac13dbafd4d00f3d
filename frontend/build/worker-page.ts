import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { type BuiltFolder, buildAiStudioApp } from './aistudio-app.ts';
import { buildOnce, writeFolder } from './folders.ts';

/** Builds the emitted app with Vite into static files that any server can hand out; quick when nothing has changed. */
export async function buildWorkerPage(): Promise<BuiltFolder> {
  const app = await buildAiStudioApp();
  const directory = join(app.directory, '../worker-page');
  await buildOnce({
    folder: directory,
    inputs: [app.directory],
    // In a process of its own: React's production form depends on NODE_ENV, which a test runner sets to something else.
    build: async () => {
      const bin = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'bin.ts' : 'bin.js');
      await promisify(execFile)(process.execPath, ['--conditions=source', bin, 'static', app.directory, directory], {
        env: { ...process.env, NODE_ENV: 'production' },
      });
    },
  });
  return { directory };
}

/** The build itself, in the process where NODE_ENV is `production`. */
export async function buildStatic(root: string, directory: string): Promise<void> {
  const result = await build({ root, base: './', logLevel: 'warn', build: { write: false } });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((output) => ('output' in output ? output.output : []));
  const files = outputs.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source] as const);
  await writeFolder(directory, new Map(files));
}
