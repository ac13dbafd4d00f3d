import { type OperationName, resourceNameOfPath } from '@gemini-proxy/gemini';
import type { Clock } from '@gemini-proxy/protocol';
import { type GatewayError, toGatewayError } from '../errors.ts';
import type { ClientExchange } from '../orchestrator/client-exchange.ts';
import { Deadlines, toTickMs } from '../orchestrator/deadlines.ts';
import type { Caller } from '../orchestrator/internal-call.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { Lease, Pool } from '../pool/pool.ts';
import { concernOf, isPlainPathOf } from '../resources/read-answer.ts';
import type { Resources } from '../resources/resources.ts';
import { chooseDestination, type FileMover, oneOwner } from './destination.ts';
import { FilePolls } from './file-polls.ts';
import { HeldExchange, type Holder, type HoldingTerms } from './held-exchange.ts';
import { MergedLists } from './merged-lists.ts';
import { ObservedExchange } from './observed-exchange.ts';
import { OwnerFinder } from './owner-finder.ts';
import { PageTokens } from './page-tokens.ts';

export interface RouterOptions {
  readonly orchestrator: Orchestrator;
  readonly call: Caller;
  readonly resources: Resources;
  readonly pool: Pick<Pool, 'accounts' | 'hasReady' | 'acquire'>;
  /** Brings files to other accounts where their owner is away; `undefined`: nobody does. */
  readonly mover?: FileMover | undefined;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
  /** For bodies that are held and too large for memory. */
  readonly folder: string;
  /** Of the gateway alone; page tokens are sealed with it. */
  readonly secret: string;
}

/** What these say and do is about the file of an account, not its bytes. */
const ofTheFileItself: ReadonlySet<OperationName> = new Set<OperationName>(['files.get', 'files.delete']);

/**
 * Decides who answers a client's request: any worker, the workers of the account that owns what it names, or the gateway itself.
 * With one account, which is the usual case, everything is its own, and requests go on untouched.
 */
export class Router implements Holder {
  readonly #options: RouterOptions;
  readonly #finder: OwnerFinder;
  readonly #polls: FilePolls;
  readonly #lists: MergedLists;
  readonly #deadlines: Deadlines;
  readonly #terms: HoldingTerms;
  readonly #held = new Set<HeldExchange>();

  constructor(options: RouterOptions) {
    this.#options = options;
    const { resources, call, clock, maxBodyBytes, requestTimeoutMs, folder } = options;
    const readyAccounts = () => this.#readyAccounts();
    this.#finder = new OwnerFinder({ resources, call, clock, readyAccounts });
    this.#polls = new FilePolls({ resources, call, finder: this.#finder });
    this.#lists = new MergedLists({ resources, call, readyAccounts, tokens: new PageTokens(options.secret) });
    this.#deadlines = new Deadlines(clock, toTickMs(requestTimeoutMs));
    this.#terms = { deadlines: this.#deadlines, requestTicks: this.#deadlines.toTicks(requestTimeoutMs), maxBodyBytes, folder };
  }

  handle(client: ClientExchange): void {
    const { operation, path } = client;
    const isWatched = concernOf.has(operation);
    const { orchestrator, resources } = this.#options;
    if (!isWatched && this.#lists.concerns(client)) {
      orchestrator.answer(client, (signal) => this.#lists.page(client, signal));
    } else if (!isWatched) {
      this.#route(client);
    } else {
      const name = operation === 'files.get' ? resourceNameOfPath(path)?.name : undefined;
      const isPlainPoll = name !== undefined && isPlainPathOf(name, path);
      if (isPlainPoll) orchestrator.answer(client, (signal) => this.#polls.get(name, client, signal));
      else this.#route(new ObservedExchange(client, (answer) => resources.learn(operation, path, answer)));
    }
  }

  /**
   * Account for what is made without naming anything: that which was last given something, so that the files of a program can be used
   * together. `undefined` where there is no choice.
   */
  homeAccount(): string | undefined {
    const ready = this.#preferredAccounts();
    return ready.length < 2 ? undefined : ready[0];
  }

  /** The one owner of all names, `undefined` where none is known; rejects with `GatewayError`. */
  ownerOf(names: readonly string[]): Promise<string | undefined> {
    return this.#finder.ownerOf(names);
  }

  /** Fails what is held, and stops. */
  destroy(error: GatewayError): void {
    for (const exchange of [...this.#held]) this.onFailed(exchange, error);
    this.#deadlines.destroy();
  }

  debugState(): RouterDebugState {
    const { size: timed } = this.#deadlines;
    return { held: this.#held.size, timed, lookups: this.#finder.lookups, polls: this.#polls.running };
  }

  // What is held

  onWhole(exchange: HeldExchange, names: readonly string[]): void {
    const inPath = resourceNameOfPath(exchange.path)?.name;
    this.#destinationOf(exchange, inPath === undefined ? names : [inPath, ...names]).then(
      (account) => this.#release(exchange, account),
      (error: unknown) => this.onFailed(exchange, toGatewayError(error)),
    );
  }

  onFailed(exchange: HeldExchange, error: GatewayError): void {
    if (this.#held.delete(exchange)) this.#options.orchestrator.refuse(exchange, error);
  }

  onOver(exchange: HeldExchange): void {
    this.#held.delete(exchange);
  }

  async #destinationOf(exchange: HeldExchange, names: readonly string[]): Promise<string | undefined> {
    const { mover } = this.#options;
    const owned = await this.#finder.ownersOf(names);
    if (mover === undefined || ofTheFileItself.has(exchange.operation)) return oneOwner(owned);
    // Whoever is away for a moment is cheaper to wait for than a file to upload.
    await Promise.all([...new Set(owned.map(({ owner }) => owner))].map((owner) => this.#untilExpected(owner)));
    const { account, moves } = chooseDestination(owned, this.#preferredAccounts(), mover);
    // For a client that has left meanwhile nothing is uploaded.
    if (account === undefined || moves.length === 0 || !this.#held.has(exchange)) return account;
    const copies = await Promise.all(moves.map(async (name) => [name, await mover.copyAt(name, account)] as const));
    return exchange.rename(new Map(copies)) ? account : oneOwner(owned);
  }

  /** Resolves when the account has a ready worker, or the pool does not expect one any more. */
  #untilExpected(account: string): Promise<void> {
    const { pool } = this.#options;
    if (pool.hasReady(account)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const onLease = (lease: Lease) => {
      lease.release();
      resolve();
    };
    pool.acquire({ onLease, onUnavailable: () => resolve() }, { account });
    return promise;
  }

  #release(exchange: HeldExchange, account: string | undefined): void {
    const { orchestrator, maxBodyBytes } = this.#options;
    if (!this.#held.delete(exchange)) return;
    const isNew = account === undefined && concernOf.get(exchange.operation) === 'creates';
    orchestrator.handle(exchange, { account: isNew ? this.homeAccount() : account, maxBodyBytes });
  }

  #route(client: ClientExchange): void {
    const { orchestrator, resources, maxBodyBytes } = this.#options;
    if (!this.isDivided) {
      orchestrator.handle(client);
      return;
    }
    const name = resourceNameOfPath(client.path)?.name;
    const account = name === undefined ? undefined : resources.ownerOf(name);
    const isMovable = account !== undefined && this.#options.mover !== undefined && !this.#options.pool.hasReady(account);
    if (client.bodyLength === 0 && !isMovable && (name === undefined || account !== undefined)) {
      orchestrator.handle(client, { account, maxBodyBytes });
      return;
    }
    const held = new HeldExchange(client, this, this.#terms);
    this.#held.add(held);
    held.hold();
  }

  #readyAccounts(): readonly string[] {
    const { pool } = this.#options;
    return pool.accounts.filter((account) => pool.hasReady(account));
  }

  /** That which was last given something, then the others in an order that stays. */
  #preferredAccounts(): readonly string[] {
    const latest = this.#options.resources.latestOwner();
    return [...this.#readyAccounts()].sort((one, other) => {
      if (one === latest || other === latest) return one === latest ? -1 : 1;
      return one < other ? -1 : 1;
    });
  }

  /** Whether it can matter which account a request goes to. */
  get isDivided(): boolean {
    const [account, other] = this.#options.pool.accounts;
    return other !== undefined || (account !== undefined && this.#options.resources.hasOwnerBesides(account));
  }
}

export interface RouterDebugState {
  /** Requests whose body or owner is waited for. */
  readonly held: number;
  readonly timed: number;
  readonly lookups: number;
  readonly polls: number;
}
