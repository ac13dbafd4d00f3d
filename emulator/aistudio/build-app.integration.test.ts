import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildApp } from './build-app.ts';

const files = {
  'package.json': '{ "private": true, "type": "module" }',
  'index.html': '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>',
  'src/main.tsx': `document.title = process.env.GEMINI_API_KEY ?? ''; export const element = <p>hello</p>;`,
  'vite.config.ts': `
    import react from '@vitejs/plugin-react';
    import { defineConfig, loadEnv } from 'vite';
    export default defineConfig(({ mode }) => {
      const env = loadEnv(mode, '.', '');
      return {
        plugins: [react()],
        define: { 'process.env.GEMINI_API_KEY': JSON.stringify(env.NO_SUCH_KEY ?? 'from-define') },
      };
    });`,
};

describe('buildApp', () => {
  it('builds an app of generation C by its own configuration, and removes the result on disposal', async () => {
    await using source = await writeSources(files);
    let directory: string;
    {
      await using built = await buildApp(source.directory);
      directory = built.directory;
      const html = await readFile(join(directory, 'index.html'), 'utf8');
      const script = /src="\/(assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
      expect(await readFile(join(directory, script), 'utf8')).toContain('from-define');
    }
    expect(existsSync(directory)).toBe(false);
  });

  it('fails with the reason when the app does not build', async () => {
    await using source = await writeSources({ ...files, 'src/main.tsx': `import './missing.ts';` });
    await expect(buildApp(source.directory)).rejects.toThrow(/missing\.ts/);
  });
});

async function writeSources(sources: Record<string, string>) {
  const directory = await mkdtemp(join(tmpdir(), 'gemini-proxy-sources-'));
  await mkdir(join(directory, 'src'));
  for (const [name, text] of Object.entries(sources)) await writeFile(join(directory, name), text);
  // Stands for the packages that AI Studio installs.
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(directory, 'node_modules'));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
