import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { WorkerPage } from '../contract/setup.ts';
import { zip } from './zip.ts';

/** Bytes of all files together at most; a build has a tenth of it. */
const maxBytes = 16 * 1024 ** 2;
const pasteFolder = 'paste/';

interface PageFile {
  readonly path: string;
  readonly content: Buffer;
}

/** The files for AI Studio, as the build wrote them. */
export async function readWorkerPage(folder: string): Promise<WorkerPage> {
  const all = await readFiles(folder);
  const [pasteFiles, files] = [all.filter(isPasted), all.filter((file) => !isPasted(file))];
  return { isBuilt: files.length > 0, files: files.map(toText), pasteFiles: pasteFiles.map(toText) };
}

/** The same as an archive, without those to paste by hand; `undefined` where nothing is built. */
export async function zipWorkerPage(folder: string): Promise<Buffer | undefined> {
  const files = (await readFiles(folder)).filter((file) => !isPasted(file));
  return files.length === 0 ? undefined : zip(files);
}

function isPasted({ path }: PageFile): boolean {
  return path.startsWith(pasteFolder);
}

function toText({ path, content }: PageFile): WorkerPage['files'][number] {
  return { path: path.replace(pasteFolder, ''), bytes: content.length, text: content.toString('utf8') };
}

async function readFiles(folder: string): Promise<readonly PageFile[]> {
  const entries = folder === '' ? [] : await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: PageFile[] = [];
  let byteCount = 0;
  for (const path of paths.sort()) {
    const content = await readFile(path);
    byteCount += content.length;
    if (byteCount > maxBytes) break;
    files.push({ path: relative(folder, path).split(sep).join('/'), content });
  }
  return files;
}
