import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { spawnChromium } from '@gemini-proxy/testbed';
import { sharedClockMs } from '../load/content.ts';
import type { Plan } from '../load/plan.ts';
import type { Measure } from '../load/run-plan.ts';
import { chromiumProcess } from './chromium-process.ts';
import type { Target } from './target.ts';

const sourceFolder = new URL('../', import.meta.url);
const pageDeadlineMs = 180_000;

/** Next thing for the page to do. */
export interface PageJob {
  readonly plan: Plan;
  readonly upstreamUrl: string;
}

/** A page that makes the calls of the load generator itself, with `fetch`: what Chromium can do at all. It is driven by its own requests, without DevTools. */
export async function startPageTarget(upstreamUrl: string): Promise<Target & AsyncDisposable> {
  const control = new PageControl(upstreamUrl);
  const server = createServer((request, response) => {
    control.onRequest(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const chromium = await spawnChromium(url, ['--ignore-certificate-errors']);
  return {
    name: 'bare-page',
    processes: [chromiumProcess(chromium.process)],
    run: (plan, onLoadEnd) => control.run(plan, onLoadEnd),
    async [Symbol.asyncDispose]() {
      await chromium[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Run {
  readonly plan: Plan;
  readonly onLoadEnd: () => void;
  readonly finish: (measure: Measure) => void;
}

class PageControl {
  readonly #upstreamUrl: string;
  #waiting: ServerResponse | undefined;
  #run: Run | undefined;

  constructor(upstreamUrl: string) {
    this.#upstreamUrl = upstreamUrl;
  }

  async run(plan: Plan, onLoadEnd: () => void): Promise<Measure> {
    const { promise, resolve, reject } = Promise.withResolvers<Measure>();
    const timer = setTimeout(() => reject(new Error('the page did not finish its run')), pageDeadlineMs);
    this.#run = { plan, onLoadEnd, finish: resolve };
    this.#handOut();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    if (path === '/') {
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><script type="module" src="/page/bare-page.ts"></script>');
    } else if (path === '/clock') {
      response.end(String(sharedClockMs()));
    } else if (path === '/next') {
      this.#waiting = response;
      this.#handOut();
    } else if (path === '/loaded') {
      this.#run?.onLoadEnd();
      response.end();
    } else if (path === '/result') {
      const measure = (await json(request)) as Measure;
      response.end();
      const run = this.#run;
      this.#run = undefined;
      run?.finish(measure);
    } else if (/^\/[a-z-]+\/[a-z-]+\.ts$/.test(path)) {
      const source = await readFile(new URL(`.${path}`, sourceFolder), 'utf8');
      response.setHeader('content-type', 'text/javascript').end(stripTypeScriptTypes(source));
    } else {
      response.writeHead(404).end();
    }
  }

  #handOut(): void {
    if (this.#run === undefined || this.#waiting === undefined) return;
    const job: PageJob = { plan: this.#run.plan, upstreamUrl: this.#upstreamUrl };
    this.#waiting.setHeader('content-type', 'application/json').end(JSON.stringify(job));
    this.#waiting = undefined;
  }
}
