import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

/** The page as readable modules: no types, no minifying, comments kept, React and the SDK left to the environment. */
export interface PageModules {
  /** The engine and the model; imports nothing, but for the SDK when that is chosen. */
  readonly worker: string;
  /** The user interface; imports React, `./worker.js` and `./index.css`. */
  readonly main: string;
}

const ofTheEnvironment = [/^react(-dom)?(\/.*)?$/, '@google/genai'];

export async function bundleModules(pageSources: string): Promise<PageModules> {
  const [worker, main] = await Promise.all([
    bundle(join(pageSources, 'worker-page.ts'), []),
    bundle(join(pageSources, 'main.tsx'), [
      [/\/worker-page\.ts$/, './worker.js'],
      [/\/styles\.css$/, './index.css'],
    ]),
  ]);
  return { worker, main };
}

/** Everything in one module, for the older form of AI Studio's apps. Styles are not part of it. */
export function bundleWhole(pageSources: string): Promise<string> {
  return bundle(join(pageSources, 'main.tsx'), [[/\/styles\.css$/, undefined]]);
}

/** The repository: its files are named from here, wherever the build is started. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Imports that are not followed: replaced by another name, or left out. */
type Replacements = readonly (readonly [importPath: RegExp, replacement: string | undefined])[];

async function bundle(entry: string, replacements: Replacements): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['source', 'browser', 'import', 'default'] },
    plugins: [keepComments(), replaceImports(replacements)],
    oxc: false,
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry, formats: ['es'] },
      rolldownOptions: {
        cwd: root,
        transform: { jsx: 'preserve' },
        external: ofTheEnvironment,
        output: { comments: { legal: true, jsdoc: true, annotation: false } },
      },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const chunks = outputs.flatMap((output) => ('output' in output ? output.output : [])).filter(({ type }) => type === 'chunk');
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length > 1 || chunk.type !== 'chunk')
    throw new Error(`${entry} did not become one module but ${chunks.length}.`);
  return chunk.code;
}

function replaceImports(replacements: Replacements): Plugin {
  return {
    name: 'replace-imports',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer === undefined) return null;
      const found = replacements.find(([importPath]) => importPath.test(source));
      if (found === undefined) return null;
      return found[1] === undefined ? '\0empty' : { id: found[1], external: true };
    },
    load: (id) => (id === '\0empty' ? 'export {};' : null),
  };
}

/** Bundlers drop ordinary comments but keep legal ones: whole-line comments are made legal on the way in, and ordinary again on the way out. */
function keepComments(): Plugin {
  return {
    name: 'keep-comments',
    enforce: 'pre',
    async load(id) {
      if (!/\.tsx?$/.test(id)) return null;
      const source = await readFile(id, 'utf8');
      return source.replace(/^(\s*)\/\/ (?!biome-ignore)/gm, '$1//! ');
    },
    renderChunk: (code) => code.replace(/^(\s*)\/\/! /gm, '$1// ').replace(/^\/\/#(end)?region.*\n/gm, ''),
  };
}
