import type { ClientExchange } from '../orchestrator/client-exchange.ts';
import { ForwardingExchange } from '../routing/forwarding-exchange.ts';

/** A request with notes for its record. */
export class NotedExchange extends ForwardingExchange {
  readonly #notes: readonly string[];

  constructor(client: ClientExchange, notes: readonly string[]) {
    super(client);
    this.#notes = notes;
  }

  override get notes(): readonly string[] {
    return this.#notes;
  }
}
