import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createViteServer } from 'vite';

export interface PageHost extends AsyncDisposable {
  /** The app at top level. */
  readonly appUrl: string;
  /** A page of another origin with the app in a frame, as in AI Studio. The app gets the fragment. */
  readonly hostUrl: string;
  /** The same from another site: browsers give the app no storage there. */
  readonly otherSiteUrl: string;
}

/** Serves an emitted app as AI Studio's preview does: by Vite's development server, in a frame of another origin. */
export async function servePage(root: string): Promise<PageHost> {
  await using stack = new AsyncDisposableStack();
  // Vite's cache must not end up among the files of the app.
  const cacheDir = await mkdtemp(join(tmpdir(), 'gemini-proxy-vite-'));
  stack.defer(() => rm(cacheDir, { recursive: true, force: true }));
  const vite = await createViteServer({
    root,
    cacheDir,
    logLevel: 'error',
    optimizeDeps: { include: ['react', 'react-dom/client', 'react/jsx-dev-runtime'] },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null, fs: { strict: false } },
  });
  stack.defer(() => vite.close());
  await vite.listen();
  const appUrl = vite.resolvedUrls?.local[0];
  if (appUrl === undefined) throw new Error('Vite does not listen.');

  const host = createHttpServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>Host</title><body style="margin:0"><iframe name="app" style="border:0;width:100%;height:99vh"
      sandbox="allow-scripts allow-forms allow-popups allow-same-origin"></iframe>
      <script>document.querySelector('iframe').src = ${JSON.stringify(appUrl)} + location.hash</script>`);
  });
  host.listen(0, '127.0.0.1');
  await once(host, 'listening');
  stack.defer(() => void host.close());
  const { port } = host.address() as AddressInfo;

  const all = stack.move();
  return {
    appUrl,
    hostUrl: `http://127.0.0.1:${port}/`,
    otherSiteUrl: `http://localhost:${port}/`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
