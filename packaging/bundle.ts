import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import { repository } from './repository.ts';

/** The programs of the package by the name of their file. */
const programs = { main: 'backend/src/cli/bin.ts', demo: 'testbed/src/demo/bin.ts' } as const;

/** Modules that know where files are; the package has its own. */
const replacements: ReadonlyMap<string, string> = new Map([
  ['backend/src/cli/locations.ts', 'packaging/installed/locations.ts'],
  ['emulator/aistudio/page-directory.ts', 'packaging/installed/page-directory.ts'],
  ['testbed/src/built-pages.ts', 'packaging/installed/built-pages.ts'],
]);

const conditions = ['source', 'node', 'import', 'module', 'default'];

/** Bundles the workspace's own code into the folder, and returns the names of the packages that it imports. */
export async function bundlePrograms(folder: string): Promise<readonly string[]> {
  const replaced = new Set<string>();
  const result = await build({
    configFile: false,
    root: repository,
    logLevel: 'warn',
    plugins: [replaceModules(replaced)],
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['node', 'import'] } },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(programs).map(([name, path]) => [name, join(repository, path)])),
        // One folder, so that what is beside it is equally far from every module.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
  for (const path of replacements.keys())
    if (!replaced.has(path)) throw new Error(`${path} is no module of the programs any more.`);
  return importedPackages(result);
}

function replaceModules(replaced: Set<string>): Plugin {
  return {
    name: 'replace-modules',
    enforce: 'pre',
    async resolveId(source, importer) {
      const found = await this.resolve(source, importer, { skipSelf: true });
      const path = found?.id.replaceAll('\\', '/').replace(`${repository.replaceAll('\\', '/')}/`, '');
      const replacement = path === undefined ? undefined : replacements.get(path);
      if (path === undefined || replacement === undefined) return null;
      replaced.add(path);
      return join(repository, replacement);
    },
  };
}

type BuildResult = Awaited<ReturnType<typeof build>>;

function importedPackages(result: BuildResult): readonly string[] {
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((output) => ('output' in output ? output.output : []));
  const chunks = outputs.filter((output) => output.type === 'chunk');
  const ownFiles = new Set(chunks.map(({ fileName }) => fileName));
  const imported = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  const foreign = imported.filter((name) => !ownFiles.has(name) && !name.startsWith('node:'));
  return [...new Set(foreign.map(packageNameOf))].sort();
}

/** `ws`, `@scope/name`, without the path within the package. */
function packageNameOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
