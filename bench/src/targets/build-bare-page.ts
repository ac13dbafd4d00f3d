import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The page, and what it imports, from its own folder on. */
const page = new URL('../page/bare-page.ts', import.meta.url);
const imported = ['run-plan', 'check-stream', 'content', 'plan', 'quantiles'].map((name) => new URL(`../load/${name}.ts`, page));

/** Writes the bare page as plain files into a temporary folder: the load generator's own loop, with its types taken off. */
export async function buildBarePage(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-bare-page-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><head></head><script type="module" src="/page/bare-page.js"></script>',
    );
    for (const source of [page, ...imported]) {
      const [, path = ''] = /([^/]+\/[^/]+)\.ts$/.exec(source.pathname) ?? [];
      const target = join(folder, `${path}.js`);
      await mkdir(dirname(target), { recursive: true });
      const script = stripTypeScriptTypes(await readFile(source, 'utf8'));
      await writeFile(target, script.replaceAll(/(from '[^']+)\.ts'/g, "$1.js'"));
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, [Symbol.asyncDispose]: remove };
}
