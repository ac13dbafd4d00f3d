import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleModules } from './bundle-modules.ts';
import { buildOnce, type FolderContent, listFiles, writeFolder } from './folders.ts';
import { toPasteFiles } from './paste.ts';

export interface BuiltFolder {
  readonly directory: string;
}

export const frontend = join(import.meta.dirname, import.meta.dirname.endsWith(join('dist', 'build')) ? '../..' : '..');
export const repository = join(frontend, '..');

/** Folder of the page's sources. */
const pageSources = join(frontend, 'src/worker-page');
/** Files that are emitted as they are. */
const template = join(frontend, 'build/aistudio');
const inputs = ['protocol/src', 'gemini/src', 'worker/src', 'frontend/src/worker-page', 'frontend/build'];

/** Emits the files that a user imports or pastes into AI Studio; quick when nothing has changed since the last time. */
export async function buildAiStudioApp(): Promise<BuiltFolder> {
  const directory = join(frontend, 'dist/aistudio');
  await buildOnce({
    folder: directory,
    inputs: inputs.map((path) => join(repository, path)),
    build: async () => writeFolder(directory, await toAppFiles()),
  });
  return { directory };
}

/** For whoever reads the file where nothing else of the project is. */
function headOf(content: string): string {
  return `// GeminiProxy worker page: ${content}. Bundled, not minified, from the files named below. MIT licence.\n`;
}

async function toAppFiles(): Promise<FolderContent> {
  const files = new Map<string, string>();
  for (const path of await listFiles(template)) files.set(path, await readFile(join(template, path), 'utf8'));
  const styles = await readFile(join(pageSources, 'ui/styles.css'), 'utf8');
  const { worker, main } = await bundleModules(pageSources);
  files.set('src/index.css', styles);
  files.set('src/worker.js', `${headOf('the engine: the protocol with the gateway, and the calls to the Gemini API')}${worker}`);
  files.set('src/main.jsx', `${headOf('what the user sees')}${main}`);
  for (const [path, text] of await toPasteFiles(pageSources, styles)) files.set(path, text);
  return files;
}
