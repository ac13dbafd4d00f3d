import {
  type FieldViolation,
  hasRequestSchema,
  MalformedJsonError,
  type OperationName,
  parseLenientJson,
  validateRequest,
} from '@gemini-proxy/gemini';
import type { Clock } from '@gemini-proxy/protocol';
import { type GatewayError, invalidRequest, toGatewayError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { ClientExchange } from '../orchestrator/client-exchange.ts';
import { Deadlines, toTickMs } from '../orchestrator/deadlines.ts';
import { HeldExchange, type Holder, type HoldingTerms } from '../routing/held-exchange.ts';
import { NotedExchange } from './noted-exchange.ts';

/** Bytes of a body that is checked; a larger one passes unseen. */
export const maxValidatedBytes = 4 * 1024 * 1024;

/** Complaints about one body; it need not be told all. */
const maxViolations = 50;

export interface ValidationOptions {
  readonly mode: 'warn' | 'reject';
  readonly events: Events;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
  /** For bodies that are held and too large for memory. */
  readonly folder: string;
  /** Where requests go from here. */
  readonly next: { handle(client: ClientExchange): void };
  /** Ends a request that goes no further. */
  readonly refuse: (client: ClientExchange, error: GatewayError) => void;
}

/** Checks the requests of the core operations before they are handled: notes what is wrong with them, or refuses them. */
export class Validation implements Holder {
  readonly #options: ValidationOptions;
  readonly #deadlines: Deadlines;
  readonly #terms: HoldingTerms;
  readonly #held = new Set<HeldExchange>();

  constructor(options: ValidationOptions) {
    this.#options = options;
    const { clock, maxBodyBytes, requestTimeoutMs, folder } = options;
    this.#deadlines = new Deadlines(clock, toTickMs(requestTimeoutMs));
    this.#terms = { deadlines: this.#deadlines, requestTicks: this.#deadlines.toTicks(requestTimeoutMs), maxBodyBytes, folder };
  }

  handle(client: ClientExchange): void {
    const { operation, bodyLength } = client;
    if (!hasRequestSchema(operation) || bodyLength === 0) {
      this.#options.next.handle(client);
    } else if (isEncoded(client) || (bodyLength ?? 0) > maxValidatedBytes) {
      this.#passUnseen(client);
    } else {
      const held = new HeldExchange(client, this, this.#terms);
      this.#held.add(held);
      held.hold();
    }
  }

  /** Fails what is held, and stops. */
  destroy(error: GatewayError): void {
    for (const exchange of [...this.#held]) this.onFailed(exchange, error);
    this.#deadlines.destroy();
  }

  get held(): number {
    return this.#held.size;
  }

  // What is held

  onWhole(exchange: HeldExchange): void {
    this.#check(exchange).catch((error: unknown) => this.onFailed(exchange, toGatewayError(error)));
  }

  onFailed(exchange: HeldExchange, error: GatewayError): void {
    if (this.#held.delete(exchange)) this.#options.refuse(exchange, error);
  }

  onOver(exchange: HeldExchange): void {
    this.#held.delete(exchange);
  }

  async #check(exchange: HeldExchange): Promise<void> {
    const { mode, next, events } = this.#options;
    const { operation, bodyLength } = exchange;
    if (bodyLength > maxValidatedBytes) {
      if (this.#held.delete(exchange)) this.#passUnseen(exchange);
      return;
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of exchange.content()) pieces.push(piece);
    // The client may have left meanwhile.
    if (!this.#held.has(exchange)) return;
    const violations = bodyLength === 0 ? [] : this.#findViolations(operation, Buffer.concat(pieces));
    const complaints = violations.map(withoutValue);
    if (complaints.length > 0) events.requestInvalid(operation, complaints);
    if (complaints.length > 0 && mode === 'reject') {
      this.onFailed(exchange, invalidRequest(violations));
    } else {
      this.#held.delete(exchange);
      next.handle(complaints.length === 0 ? exchange : new NotedExchange(exchange, complaints.map(toNote)));
    }
  }

  #findViolations(operation: OperationName, body: Uint8Array): readonly FieldViolation[] {
    try {
      return validateRequest(operation, parseLenientJson(new TextDecoder().decode(body))).slice(0, maxViolations);
    } catch (error) {
      if (error instanceof MalformedJsonError) return [{ kind: 'invalid-value', field: undefined, description: error.message }];
      // The check is at fault, not the request.
      this.#options.events.bug(error);
      return [];
    }
  }

  #passUnseen(client: ClientExchange): void {
    this.#options.events.requestUnchecked(client.operation);
    this.#options.next.handle(client);
  }
}

function isEncoded({ headers }: ClientExchange): boolean {
  return headers.some(([name, value]) => name === 'content-encoding' && value !== 'identity');
}

/** The service quotes a value behind its complaint, and a piece of a malformed body in the lines below. */
function withoutValue({ description, ...violation }: FieldViolation): FieldViolation {
  const [line = ''] = description.split('\n', 1);
  return { ...violation, description: line.replace(/^(Invalid value at '[^']*'(?: \([^)]*\))?), .*$/, '$1') };
}

function toNote({ field, description }: FieldViolation): string {
  return field === undefined ? description : `${field}: ${description}`;
}
