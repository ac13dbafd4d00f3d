import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { sharedClockMs } from '../load/content.ts';
import type { Plan } from '../load/plan.ts';
import type { Measure } from '../load/run-plan.ts';

const runDeadlineMs = 180_000;

/** Drives a bare page without DevTools: the page asks here for what to do, and says here what it found. */
export class PageControl implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    this.#onRequest(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  #waitingPage: ServerResponse | undefined;
  #run: { readonly plan: Plan; readonly onLoadEnd: () => void; readonly finish: (measure: Measure) => void } | undefined;

  /** Gives the URL that the page is told. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether the page is there and waits for work. */
  get isReady(): boolean {
    return this.#waitingPage !== undefined;
  }

  async run(plan: Plan, onLoadEnd: () => void): Promise<Measure> {
    const { promise, resolve, reject } = Promise.withResolvers<Measure>();
    const timer = setTimeout(() => reject(new Error('the bare page did not finish its run')), runDeadlineMs);
    this.#run = { plan, onLoadEnd, finish: resolve };
    this.#handOut();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*');
    switch (request.url) {
      case '/clock':
        response.end(String(sharedClockMs()));
        return;
      case '/next':
        this.#waitingPage = response;
        this.#handOut();
        return;
      case '/loaded':
        this.#run?.onLoadEnd();
        response.end();
        return;
      case '/result': {
        const measure = (await json(request)) as Measure;
        response.end();
        const run = this.#run;
        this.#run = undefined;
        run?.finish(measure);
        return;
      }
      default:
        response.writeHead(404).end();
    }
  }

  #handOut(): void {
    if (this.#run === undefined || this.#waitingPage === undefined) return;
    this.#waitingPage.setHeader('content-type', 'application/json').end(JSON.stringify(this.#run.plan));
    this.#waitingPage = undefined;
  }
}
