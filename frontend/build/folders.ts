import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Text of files by their path within a folder, with forward slashes. */
export type FolderContent = ReadonlyMap<string, string | Uint8Array>;

/** Paths of all files below a folder, sorted; empty if there is no such folder. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** Makes the folder hold exactly this. Each file appears at once, so that several processes may write the same content. */
export async function writeFolder(folder: string, content: FolderContent): Promise<void> {
  for (const [path, text] of content) {
    const target = join(folder, path);
    const temporary = `${target}.${process.pid}.tmp`;
    await mkdir(dirname(target), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, target);
  }
  for (const path of await listFiles(folder))
    if (!content.has(path) && !path.endsWith('.tmp')) await rm(join(folder, path), { force: true });
}

/** One word that changes when a file below the folders is added, removed or touched. */
async function fingerprint(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const path of await listFiles(folder)) {
      const { mtimeMs, size } = await stat(join(folder, path));
      hash.update(`${folder}/${path} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest('hex');
}

/** Runs `build` unless the stamp file says that its inputs are the same as the last time and the result is still there. */
export async function buildOnce(options: {
  readonly folder: string;
  readonly inputs: readonly string[];
  readonly build: () => Promise<void>;
}): Promise<void> {
  const stampFile = `${options.folder}.stamp`;
  const stamp = await fingerprint(options.inputs);
  const lastStamp = await readFile(stampFile, 'utf8').catch(() => '');
  if (lastStamp === stamp && (await listFiles(options.folder)).length > 0) return;
  await options.build();
  await writeFile(stampFile, stamp);
}
