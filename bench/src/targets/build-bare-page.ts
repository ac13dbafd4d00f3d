import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const sourceFolder = new URL('../', import.meta.url);
const modules = ['page/bare-page', 'load/run-plan', 'load/check-stream', 'load/content', 'load/plan', 'load/quantiles'];

/** Writes the bare page as plain files into a temporary folder: the load generator's own loop, with its types taken off. */
export async function buildBarePage(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-bare-page-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><head></head><script type="module" src="/page/bare-page.js"></script>',
    );
    for (const name of modules) {
      const source = await readFile(new URL(`${name}.ts`, sourceFolder), 'utf8');
      const path = join(folder, `${name}.js`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, stripTypeScriptTypes(source).replaceAll(/(from '[^']+)\.ts'/g, "$1.js'"));
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, [Symbol.asyncDispose]: remove };
}
