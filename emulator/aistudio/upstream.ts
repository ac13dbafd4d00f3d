import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as send } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { pipeline, type Transform } from 'node:stream';
import { apiName } from './origins.ts';

/** One exchange to make with the API, and where its answer goes. */
export interface Exchange {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  request: Http2ServerRequest;
  response: Http2ServerResponse;
  /** Writes the head of the answer. */
  onHead: (answer: IncomingMessage) => void;
  /** Called when no answer came. */
  onUnreachable: () => void;
  transforms: Transform[];
}

/** Carries exchanges to the API (the emulator): streaming, with backpressure, and abort in both directions. */
export class Upstream {
  readonly #base: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #exchanges = new Set<ClientRequest>();

  constructor(base: string) {
    this.#base = new URL(base);
  }

  get openCount(): number {
    return this.#exchanges.size;
  }

  carry({ method, path, headers, request, response, onHead, onUnreachable, transforms }: Exchange): void {
    const { hostname, port } = this.#base;
    const upstream = send({ agent: this.#agent, host: hostname, port, method, path, headers: { ...headers, host: apiName } });
    this.#exchanges.add(upstream);
    upstream.on('close', () => this.#exchanges.delete(upstream));
    let hasAnswer = false;
    upstream.on('error', () => {
      // After the head a break shows in the answer itself; until its end an error may only mean that the body was not wanted.
      if (!hasAnswer && !response.destroyed) onUnreachable();
    });
    upstream.on('response', (answer) => {
      hasAnswer = true;
      onHead(answer);
      // Without the callback an abort of either side would be an uncaught error; pipeline has destroyed both by then.
      pipeline([answer, ...transforms, response], () => upstream.destroy());
    });
    // Also a client that leaves before the answer's head ends the exchange.
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  close(): void {
    for (const exchange of this.#exchanges) exchange.destroy();
    this.#agent.destroy();
  }
}
