import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { type BuiltFolder, frontend, repository } from './aistudio-app.ts';
import { buildOnce, writeFolder } from './folders.ts';
import { runInProduction } from './run-in-production.ts';

const consoleSources = join(frontend, 'src/console');
const inputs = ['gemini/src', 'backend/src/console', 'frontend/src/console', 'frontend/build'];

/** Builds the console into static files that the gateway serves at `/console/`; quick when nothing has changed. */
export async function buildConsole(): Promise<BuiltFolder> {
  const directory = join(frontend, 'dist/console');
  await buildOnce({
    folder: directory,
    inputs: inputs.map((path) => join(repository, path)),
    build: () => runInProduction('console', directory),
  });
  return { directory };
}

/** The build itself, in the process where NODE_ENV is `production`. */
export async function buildConsoleStatic(directory: string): Promise<void> {
  const result = await build({
    configFile: false,
    root: consoleSources,
    base: '/console/',
    logLevel: 'warn',
    resolve: { conditions: ['source', 'browser', 'import', 'default'] },
    plugins: [react()],
    build: { write: false, target: 'es2022', chunkSizeWarningLimit: 1_000, modulePreload: { polyfill: false } },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((output) => ('output' in output ? output.output : []));
  await writeFolder(directory, new Map(outputs.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source])));
}
