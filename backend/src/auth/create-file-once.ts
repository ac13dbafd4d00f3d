import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file that must not exist yet, so that it is there as a whole or not at all, also after a power cut. Returns
 * false when another process was faster, and leaves that one's file as it is.
 */
export async function createFileOnce(path: string, text: string, mode: number): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // A rename would replace the file of a faster process; a link fails instead.
    await linkOrCopy(temporary, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (hasCode(error, ['EEXIST'])) return false;
    throw error;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Some file systems (FAT, certain network and container mounts) have no links. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!hasCode(error, ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'])) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** Makes the name durable; systems that cannot open folders keep it by other means. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!hasCode(error, ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'])) throw error;
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
