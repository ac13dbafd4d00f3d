import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listFiles } from './folders.ts';
import { buildAiStudioApp, buildWorkerPage } from './index.ts';

const texts = new Map<string, string>();
let directory = '';

beforeAll(async () => {
  ({ directory } = await buildAiStudioApp());
  for (const path of await listFiles(directory)) texts.set(path, await readFile(join(directory, path), 'utf8'));
});

describe('the emitted app', () => {
  it('has the files of an AI Studio app, and few of them', () => {
    expect([...texts.keys()]).toEqual([
      'README.md',
      'index.html',
      'metadata.json',
      'package.json',
      'paste/index.html',
      'paste/index.tsx',
      'src/index.css',
      'src/main.jsx',
      'src/worker.js',
      'tsconfig.json',
      'vite.config.ts',
    ]);
  });

  it('stays client-only', () => {
    const metadata: unknown = JSON.parse(texts.get('metadata.json') ?? '');
    expect(metadata).toMatchObject({ name: 'GeminiProxy worker', requestFramePermissions: [] });
    expect(metadata).not.toHaveProperty('majorCapabilities');
    expect([...texts.keys()].some((path) => path.includes('server'))).toBe(false);
  });

  it('imports React and its own files only, and the SDK when it is chosen', () => {
    const modules = [...texts].filter(([path]) => /\.(jsx?|tsx)$/.test(path));
    const imports = modules.flatMap(([, text]) =>
      [...text.matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["'];?$/gm)].map(([, name]) => name),
    );
    expect(new Set(imports)).toEqual(new Set(['react', 'react-dom/client', './worker.js', './index.css']));
    const loaded = modules.flatMap(([, text]) => [...text.matchAll(/\b(?:import|require)\(([^)]*)\)/g)].map(([, name]) => name));
    expect(new Set(loaded)).toEqual(new Set(['"@google/genai"']));
  });

  it('holds no key, no path of a machine, no name of a workspace, no dependency to compile', () => {
    for (const [path, text] of texts) {
      expect(text, path).not.toMatch(/AIza|AQ\.[A-Za-z0-9]|\/home\/|\/work\/|\/root\/|file:\/\/|@gemini-proxy\//);
      expect(text, path).not.toMatch(/process\.env\.(?!DISABLE_HMR)/);
    }
    const { dependencies } = JSON.parse(texts.get('package.json') ?? '');
    expect(Object.keys(dependencies)).toEqual(['@google/genai', '@vitejs/plugin-react', 'react', 'react-dom', 'vite']);
  });

  it('is readable: lines are short, and comments are there', () => {
    const worker = texts.get('src/worker.js') ?? '';
    const lines = worker.split('\n');
    expect(lines.filter((line) => line.length > 400)).toEqual([]);
    expect(lines.filter((line) => /^\s*(\/\/|\/?\*)/.test(line)).length).toBeGreaterThan(150);
    expect(worker).not.toMatch(/\/\/!|@__PURE__/);
    expect(worker).toContain('\n// worker/src/create-worker.ts\n');
  });

  it('is small', () => {
    expect(texts.get('src/worker.js'), 'schemas are not for the page').not.toContain('Zod');
    const ofImport = [...texts].filter(([path]) => !path.startsWith('paste/')).reduce((sum, [, text]) => sum + text.length, 0);
    expect(ofImport).toBeLessThan(280_000);
    expect(texts.get('paste/index.tsx')?.length).toBeLessThan(270_000);
  });

  it('is not built again while nothing has changed', async () => {
    const before = await stat(join(directory, 'src/worker.js'));
    await buildAiStudioApp();
    expect((await stat(join(directory, 'src/worker.js'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('builds with Vite into static files that work in any folder', async () => {
    const built = await buildWorkerPage();
    const html = await readFile(join(built.directory, 'index.html'), 'utf8');
    expect(html).toMatch(/src="\.\/assets\/[^"]+\.js"/);
    expect(html).toMatch(/href="\.\/assets\/[^"]+\.css"/);
    // The fourth is the SDK, which the page loads only if it is chosen.
    expect(await listFiles(built.directory)).toHaveLength(4);
    expect(html).not.toContain('modulepreload');
  });
});
