import { join } from 'node:path';
import { build } from 'vite';
import { type BuiltFolder, buildAiStudioApp } from './aistudio-app.ts';
import { buildOnce, writeFolder } from './folders.ts';
import { runInProduction } from './run-in-production.ts';

/** Builds the emitted app with Vite into static files that any server can hand out; quick when nothing has changed. */
export async function buildWorkerPage(): Promise<BuiltFolder> {
  const app = await buildAiStudioApp();
  const directory = join(app.directory, '../worker-page');
  await buildOnce({
    folder: directory,
    inputs: [app.directory],
    build: () => runInProduction('static', app.directory, directory),
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
