import type { OperationName } from '@gemini-proxy/gemini';
import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import type { AnsweringWorker, ClientEvents, ClientExchange } from '../orchestrator/client-exchange.ts';
import type { RequestTrace } from '../orchestrator/request-trace.ts';

/** An exchange that hands everything on; what lies between changes single members. */
export class ForwardingExchange implements ClientExchange {
  protected readonly client: ClientExchange;

  constructor(client: ClientExchange) {
    this.client = client;
  }

  get method(): string {
    return this.client.method;
  }

  get path(): string {
    return this.client.path;
  }

  get headers(): HeaderList {
    return this.client.headers;
  }

  get operation(): OperationName {
    return this.client.operation;
  }

  get notes(): readonly string[] | undefined {
    return this.client.notes;
  }

  get trace(): RequestTrace | undefined {
    return this.client.trace;
  }

  get bodyLength(): number | undefined {
    return this.client.bodyLength;
  }

  bind(events: ClientEvents): void {
    this.client.bind(events);
  }

  startBody(): void {
    this.client.startBody();
  }

  pauseBody(): void {
    this.client.pauseBody();
  }

  resumeBody(): void {
    this.client.resumeBody();
  }

  sendHead(head: ResponseHead, from: AnsweringWorker | undefined): void {
    this.client.sendHead(head, from);
  }

  write(chunk: Uint8Array): boolean {
    return this.client.write(chunk);
  }

  end(chunk: Uint8Array): void {
    this.client.end(chunk);
  }

  fail(error: GatewayError): void {
    this.client.fail(error);
  }

  destroy(): void {
    this.client.destroy();
  }
}
