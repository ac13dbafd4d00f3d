import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { type Browser, chromium, type JSHandle } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { sessionConformance } from './conformance.ts';
import type { ConformancePage } from './conformance-page.ts';
import { wsTransport } from './ws-transport.ts';

const html = `<!doctype html>
<title>conformance</title>
<link rel="icon" href="data:," />
<script type="importmap">{ "imports": { "@gemini-proxy/protocol": "/src/index.ts" } }</script>
<script type="module" src="/testing/conformance-page.ts"></script>`;

let http: Server;
let sockets: WebSocketServer;
let browser: Browser;
let page: JSHandle<ConformancePage>;
let address: string;

beforeAll(async () => {
  http = createServer(async (request, response) => {
    if (request.url === '/') {
      response.setHeader('content-type', 'text/html').end(html);
    } else if (/^\/(src|testing)\/[a-z-]+\.ts$/.test(request.url ?? '')) {
      const source = await readFile(new URL(`..${request.url}`, import.meta.url), 'utf8');
      response.setHeader('content-type', 'text/javascript').end(stripTypeScriptTypes(source));
    } else {
      response.writeHead(404).end();
    }
  });
  sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const bound = http.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server does not listen');
  address = `127.0.0.1:${bound.port}`;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const tab = await browser.newPage();
  await tab.goto(`http://${address}/`);
  await tab.waitForFunction(() => 'conformance' in window);
  page = await tab.evaluateHandle(() => window.conformance);
});

afterAll(async () => {
  await browser?.close();
  sockets?.close();
  http?.closeAllConnections();
  http?.close();
});

sessionConformance({
  name: "ws and Chromium's WebSocket",
  connectPair: async ({ token, onConnect }) => {
    let accepted: WebSocket | undefined;
    const acceptNext = (onAccept: typeof onConnect): void => {
      sockets.once('connection', (socket) => {
        accepted = socket;
        const { transport, listen } = wsTransport(socket);
        listen(onAccept(transport));
      });
    };
    acceptNext(onConnect);
    const worker = await page.evaluate((conformance, [url, text]) => conformance.start(url, text), [
      `ws://${address}/`,
      token,
    ] as const);
    return {
      reconnect: async (onReconnect) => {
        accepted?.terminate();
        acceptNext(onReconnect);
        await page.evaluate((conformance, [number, url]) => conformance.reconnect(number, url), [
          worker,
          `ws://${address}/`,
        ] as const);
      },
      report: () => page.evaluate((conformance, number) => conformance.report(number), worker),
      [Symbol.asyncDispose]: () => page.evaluate((conformance, number) => conformance.stop(number), worker),
    };
  },
});
