import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildAiStudioApp, buildConsole, buildWorkerPage } from '@gemini-proxy/frontend/build';
import { bundlePrograms } from './bundle.ts';
import { createManifest } from './manifest.ts';
import { repository } from './repository.ts';
import { withoutPictures } from './without-pictures.ts';

export interface CreatedPackage {
  /** What `npm install` takes. */
  readonly tarball: string;
}

/** Makes the installable package: its folder, and the tarball beside it. */
export async function createPackage(destination: string): Promise<CreatedPackage> {
  const folder = join(destination, 'package');
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'bin'), { recursive: true });
  const imported = await bundlePrograms(join(folder, 'lib'));
  await writeFile(join(folder, 'package.json'), await createManifest(imported));
  await copyFile(join(repository, 'packaging/gemini-proxy.js'), join(folder, 'bin/gemini-proxy.js'));
  await chmod(join(folder, 'bin/gemini-proxy.js'), 0o755);
  await copyShared(join(folder, 'share'));
  await copyTexts(folder);
  return { tarball: await pack(folder, destination) };
}

/** What programs hand out or open: pages, the simulator's scripts, the service file. */
async function copyShared(share: string): Promise<void> {
  await cp((await buildAiStudioApp()).directory, join(share, 'aistudio'), { recursive: true });
  await cp((await buildWorkerPage()).directory, join(share, 'worker-page'), { recursive: true });
  await cp((await buildConsole()).directory, join(share, 'console'), { recursive: true });
  await cp(join(repository, 'packaging/systemd'), join(share, 'systemd'), { recursive: true });
  await mkdir(join(share, 'simulator'));
  const simulator = join(repository, 'emulator/aistudio/page');
  for (const name of await readdir(simulator)) {
    if (['.html', '.js', '.css'].includes(extname(name))) await copyFile(join(simulator, name), join(share, 'simulator', name));
  }
}

async function copyTexts(folder: string): Promise<void> {
  await copyFile(join(repository, 'LICENSE'), join(folder, 'LICENSE'));
  const docs = await readdir(join(repository, 'docs'), { recursive: true });
  const pages = docs.filter((name) => extname(name) === '.md').map((name) => join('docs', name));
  for (const name of ['README.md', 'README.zh-CN.md', ...pages]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), withoutPictures(await readFile(join(repository, name), 'utf8')));
  }
}

async function pack(folder: string, destination: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['pack', folder, '--pack-destination', destination, '--silent'], {
    // There npm is a script of the shell.
    shell: process.platform === 'win32',
  });
  return join(destination, stdout.trim());
}
