import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Each page's entry, and what it imports. The bare page runs the load generator's own loop. */
const pages = {
  bare: ['page/bare-page', 'load/run-plan', 'load/check-stream', 'load/content', 'load/plan', 'load/quantiles'],
  relay: ['page/relay-page', 'page/relay-message'],
} as const;

/** Writes a page as plain files into a temporary folder: its sources with their types taken off. */
export async function buildPage(name: keyof typeof pages): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), `gemini-proxy-${name}-page-`));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const [entry] = pages[name];
    await writeFile(join(folder, 'index.html'), `<!doctype html><head></head><script type="module" src="/${entry}.js"></script>`);
    for (const path of pages[name]) {
      const target = join(folder, `${path}.js`);
      await mkdir(dirname(target), { recursive: true });
      const script = stripTypeScriptTypes(await readFile(new URL(`../${path}.ts`, import.meta.url), 'utf8'));
      await writeFile(target, script.replaceAll(/(from '[^']+)\.ts'/g, "$1.js'"));
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, [Symbol.asyncDispose]: remove };
}
