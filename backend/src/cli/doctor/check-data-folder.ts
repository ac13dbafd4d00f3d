import { randomUUID } from 'node:crypto';
import { mkdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { System } from '../system.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Below this much free space uploads fail before long. */
const scarceBytes = 1024 ** 3;
const elsewhere = 'Choose another folder with --data-folder, or change its permissions.';

/** Whether the folder is there or can be made, written to, by its owner only, and has room. Leaves nothing behind. */
export async function checkDataFolder(folder: string, system: System): Promise<readonly Finding[]> {
  const found = await stat(folder).catch((error: unknown) => codeOf(error));
  if (found === 'ENOENT') return checkFutureFolder(folder, system);
  if (typeof found === 'string')
    return [problem('data-folder', `The data folder ${folder} cannot be read (${found}).`, elsewhere)];
  if (!found.isDirectory()) {
    return [
      problem(
        'data-folder',
        `${folder} is a file, and should be the data folder.`,
        `Remove or rename the file, or choose a folder with --data-folder.`,
      ),
    ];
  }
  const obstacle = await tryWriting(folder);
  if (obstacle !== undefined)
    return [problem('data-folder', `The data folder ${folder} cannot be written to (${obstacle}).`, elsewhere)];
  const isOpenToOthers = system.platform !== 'win32' && (found.mode & 0o022) !== 0;
  const access = isOpenToOthers
    ? problem('data-folder', `Other users can write to the data folder ${folder}.`, `Run: chmod go-w '${folder}'`)
    : ok('data-folder', `The data folder ${folder} can be written to.`);
  return [access, await checkSpace(folder, system)];
}

/** The first start makes the folder, with those above it. */
async function checkFutureFolder(folder: string, system: System): Promise<readonly Finding[]> {
  const parent = await nearestFolder(folder);
  const obstacle = await tryMakingFolder(parent);
  if (obstacle !== undefined) {
    return [problem('data-folder', `The data folder ${folder} cannot be made in ${parent} (${obstacle}).`, elsewhere)];
  }
  return [
    ok('data-folder', `The data folder ${folder} does not exist yet; the first start makes it.`),
    await checkSpace(parent, system),
  ];
}

async function nearestFolder(folder: string): Promise<string> {
  const parent = dirname(folder);
  const isThere = await stat(parent).then(
    () => true,
    () => false,
  );
  return isThere || parent === folder ? parent : nearestFolder(parent);
}

async function checkSpace(folder: string, system: System): Promise<Finding> {
  const free = await system.freeBytes(folder);
  const amount = free >= scarceBytes ? `${Math.floor(free / 1024 ** 3)} GiB` : `${Math.floor(free / 1024 ** 2)} MiB`;
  if (free >= scarceBytes) return ok('disk', `${amount} are free for uploads.`);
  return problem(
    'disk',
    `Only ${amount} are free in ${folder}, where files wait to be uploaded.`,
    'Make room there, or choose a folder on another disk with --data-folder.',
  );
}

async function tryWriting(folder: string): Promise<string | undefined> {
  const path = join(folder, `.doctor-${randomUUID()}`);
  try {
    await writeFile(path, 'written by gemini-proxy doctor\n', { mode: 0o600 });
    await rm(path);
    return undefined;
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    return codeOf(error);
  }
}

async function tryMakingFolder(parent: string): Promise<string | undefined> {
  const path = join(parent, `.doctor-${randomUUID()}`);
  try {
    await mkdir(path);
    await rmdir(path);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
