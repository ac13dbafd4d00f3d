import type { HeaderList } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import { BodyPump } from '../orchestrator/body-pump.ts';
import type { ClientEvents, ClientExchange } from '../orchestrator/client-exchange.ts';
import type { Deadlines, Timed } from '../orchestrator/deadlines.ts';
import { bodyTooLarge } from '../orchestrator/failures.ts';
import { HeldBody } from '../orchestrator/held-body.ts';
import { ForwardingExchange } from './forwarding-exchange.ts';
import { NameScanner } from './name-scanner.ts';
import { Renaming } from './renaming.ts';

/** Bytes of a held body in memory. */
const maxHeldMemoryBytes = 1024 * 1024;

/** Who waits for the body. Exactly one of the first two is called, once, unless the client leaves; `onOver` is the last. */
export interface Holder {
  onWhole(exchange: HeldExchange, names: readonly string[]): void;
  onFailed(exchange: HeldExchange, error: GatewayError): void;
  onOver(exchange: HeldExchange): void;
}

export interface HoldingTerms {
  readonly deadlines: Deadlines;
  /** Silence allowed within the body. */
  readonly requestTicks: number;
  readonly maxBodyBytes: number;
  /** Of bodies that are too large to be held in memory. */
  readonly folder: string;
}

/** A request whose body is held until it is whole, and searched for names on the way; then it goes on as any other. */
export class HeldExchange extends ForwardingExchange implements ClientEvents, Timed {
  readonly #holder: Holder;
  readonly #terms: HoldingTerms;
  readonly #scanner = new NameScanner();
  readonly #body: HeldBody;
  readonly #pump = new BodyPump();
  #renaming: Renaming | undefined;
  #dueTick = Number.POSITIVE_INFINITY;
  #events: ClientEvents | undefined;
  #isReceiving = true;
  #isOver = false;

  constructor(client: ClientExchange, holder: Holder, terms: HoldingTerms) {
    super(client);
    this.#holder = holder;
    this.#terms = terms;
    this.#body = new HeldBody({
      folder: terms.folder,
      maxMemoryBytes: maxHeldMemoryBytes,
      onWritten: () => this.#onWritten(),
    });
  }

  hold(): void {
    this.client.bind(this);
    const { deadlines, maxBodyBytes } = this.#terms;
    const { bodyLength } = this.client;
    if ((bodyLength ?? 0) > maxBodyBytes) {
      this.#fail(bodyTooLarge(maxBodyBytes));
    } else if (bodyLength === 0) {
      this.onBodyEnd();
    } else {
      deadlines.add(this);
      this.#expectMore();
      this.client.startBody();
    }
  }

  /** The whole body as it came, once it is here. */
  content(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    return this.#body.read();
  }

  /** Puts other names in the place of some, in path and body; called before the request goes on. `false`: not all places are known. */
  rename(newNames: ReadonlyMap<string, string>): boolean {
    const places = this.#scanner.places();
    if (places === undefined) return false;
    this.#renaming = new Renaming(places, newNames);
    return true;
  }

  // As the orchestrator sees it

  override get path(): string {
    return this.#renaming?.path(super.path) ?? super.path;
  }

  override get headers(): HeaderList {
    const { headers } = this.client;
    if (this.#renaming === undefined) return headers;
    return headers.map(([name, value]) => [name, name === 'content-length' ? String(this.bodyLength) : value]);
  }

  override get bodyLength(): number {
    return this.#body.byteCount + (this.#renaming?.addedBytes ?? 0);
  }

  override bind(events: ClientEvents): void {
    this.#events = events;
  }

  override startBody(): void {
    const content = this.#body.read();
    if (this.#events !== undefined) void this.#pump.run(this.#renaming?.body(content) ?? content, this.#events);
  }

  override pauseBody(): void {
    this.#pump.pause();
  }

  override resumeBody(): void {
    this.#pump.resume();
  }

  // As the client sees it

  onBody(chunk: Uint8Array<ArrayBuffer>): void {
    if (!this.#isReceiving) return;
    const mayGoOn = this.#body.append(chunk);
    this.#scanner.push(chunk);
    if (this.#body.byteCount > this.#terms.maxBodyBytes) this.#fail(bodyTooLarge(this.#terms.maxBodyBytes));
    else if (!mayGoOn) this.client.pauseBody();
    this.#expectMore();
  }

  onBodyEnd(): void {
    if (!this.#isReceiving) return;
    this.#stopReceiving();
    this.#body.whole().then(
      () => this.#onWhole(),
      (error: unknown) => this.#onDiskFailed(error),
    );
  }

  onDrain(): void {
    this.#events?.onDrain();
  }

  onBroken(error: GatewayError): void {
    if (this.#events !== undefined) this.#events.onBroken(error);
    else this.#fail(error);
  }

  onClosed(isDelivered: boolean): void {
    this.#isOver = true;
    this.#stopReceiving();
    this.#pump.stop();
    this.#body.dispose();
    this.#events?.onClosed(isDelivered);
    this.#holder.onOver(this);
  }

  onTick(tick: number): void {
    if (tick >= this.#dueTick) this.#fail(new GatewayError('REQUEST_TIMEOUT', 'The request body did not arrive in time.'));
  }

  #onWritten(): void {
    if (this.#isReceiving) this.client.resumeBody();
  }

  #onWhole(): void {
    if (!this.#isOver) this.#holder.onWhole(this, this.#scanner.finish());
  }

  #onDiskFailed(error: unknown): void {
    if (!this.#isOver) this.#holder.onFailed(this, noRoom(error));
  }

  #fail(error: GatewayError): void {
    if (!this.#isReceiving) return;
    this.#stopReceiving();
    this.#holder.onFailed(this, error);
  }

  #expectMore(): void {
    this.#dueTick = this.#terms.deadlines.after(this.#terms.requestTicks);
  }

  #stopReceiving(): void {
    this.#isReceiving = false;
    this.#terms.deadlines.delete(this);
  }
}

function noRoom(cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError('SPOOL_FULL', `The request body cannot be kept while its owner is looked for (${why}).`, { cause });
}
