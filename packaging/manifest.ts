import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from './repository.ts';

/** Not imported by name: `ws` takes it where it is there. */
const optionalPackages = ['bufferutil'];

interface PackageFile {
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
}

/** The package.json of the package: exactly the versions that the tests ran with. */
export async function createManifest(imported: readonly string[]): Promise<string> {
  const { version, description, license } = await readPackage(repository);
  const manifest = {
    name: 'gemini-proxy',
    version,
    description,
    license,
    type: 'module',
    bin: { 'gemini-proxy': 'bin/gemini-proxy.js' },
    engines: { node: '>=24' },
    keywords: ['gemini', 'ai-studio', 'gateway', 'proxy'],
    dependencies: await versionsOf(imported),
    optionalDependencies: await versionsOf(optionalPackages),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

async function versionsOf(names: readonly string[]): Promise<Record<string, string>> {
  const versions = names.map(async (name) => {
    const { version } = await readPackage(join(repository, 'node_modules', name));
    return [name, version] as const;
  });
  return Object.fromEntries(await Promise.all(versions));
}

async function readPackage(folder: string): Promise<PackageFile> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageFile;
}
