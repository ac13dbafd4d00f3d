import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '@gemini-proxy/testbed';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import type { Target } from '../client.ts';
import type { Operations } from '../operations.ts';

/** The SDK's web build in a page of an origin of its own. */
export interface WebPage extends AsyncDisposable {
  readonly page: Page;
  /** The page's operations, callable from here. */
  connect(target: Target): Operations;
}

/** Serves a page with the web build of `@google/genai`, and opens it in a browser of its own. */
export async function openWebPage(): Promise<WebPage> {
  await using opened = new AsyncDisposableStack();
  const script = await bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    response.end(isScript ? script : '<!doctype html><title>web</title><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.defer(() => closed(server));
  const context = await launchChromium();
  opened.defer(() => context.close());
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction('globalThis.connectGenai !== undefined');
  const all = opened.move();
  return { page, connect: (target) => remoteOperations(page, target), [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('page.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'page' } },
  });
  for (const { output } of [built].flat().filter((result) => 'output' in result)) return output[0].code;
  throw new Error('The page was not built.');
}

/** Each operation runs in the page; arguments and results are plain values. */
function remoteOperations(page: Page, target: Target): Operations {
  const call =
    (name: keyof Operations) =>
    (...callArguments: readonly unknown[]) =>
      page.evaluate(`globalThis.connectGenai(${JSON.stringify(target)}).${name}(...${JSON.stringify(callArguments)})`);
  return new Proxy({} as Operations, { get: (_, name) => call(name as keyof Operations) });
}

function closed(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
