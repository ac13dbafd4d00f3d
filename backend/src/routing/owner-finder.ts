import { parseOperation } from '@gemini-proxy/gemini';
import type { Clock } from '@gemini-proxy/protocol';
import type { Caller } from '../orchestrator/internal-call.ts';
import type { Resources } from '../resources/resources.ts';
import { type OwnedName, oneOwner } from './destination.ts';

export interface OwnerFinderOptions {
  readonly resources: Resources;
  readonly call: Caller;
  /** Accounts that can be asked now. */
  readonly readyAccounts: () => readonly string[];
  readonly clock: Clock;
}

/** Names of one request that are looked for at most; a request with more of them goes where the first belong. */
const maxNames = 64;
/** Milliseconds for all accounts to say whether they know a name. */
const lookupTimeoutMs = 15_000;
/** Milliseconds for which a name that no account knows is not looked for again. */
const notFoundTtlMs = 10_000;
const maxNotFound = 1_000;
const maxAnswerBytes = 1024 * 1024;

/** Finds the account that a request's names belong to; a name that is not known is looked for once, in all accounts at the same time. */
export class OwnerFinder {
  readonly #options: OwnerFinderOptions;
  readonly #lookups = new Map<string, Promise<string | undefined>>();
  /** Name → when it may be looked for again; in order of time. */
  readonly #notFound = new Map<string, number>();

  constructor(options: OwnerFinderOptions) {
    this.#options = options;
  }

  get lookups(): number {
    return this.#lookups.size;
  }

  /** The one owner of all names, `undefined` where none is known; throws `MIXED_RESOURCE_OWNERS` where there are several. */
  async ownerOf(names: readonly string[]): Promise<string | undefined> {
    return oneOwner(await this.ownersOf(names));
  }

  /** The names whose owner is known, each once. */
  async ownersOf(names: readonly string[]): Promise<readonly OwnedName[]> {
    const asked = [...new Set(names)].slice(0, maxNames);
    const owners = await Promise.all(asked.map((name) => this.#options.resources.ownerOf(name) ?? this.#lookUp(name)));
    return asked.flatMap((name, index) => {
      const owner = owners[index];
      return owner === undefined ? [] : [{ name, owner }];
    });
  }

  #lookUp(name: string): Promise<string | undefined> {
    const accounts = this.#options.readyAccounts();
    if (accounts.length < 2 || this.#isKnownMissing(name)) return Promise.resolve(undefined);
    const running = this.#lookups.get(name);
    if (running !== undefined) return running;
    const lookup = this.#ask(name, accounts).finally(() => this.#lookups.delete(name));
    this.#lookups.set(name, lookup);
    return lookup;
  }

  /** Nobody's signal ends it, since several requests may wait for it; its own deadline does. */
  async #ask(name: string, accounts: readonly string[]): Promise<string | undefined> {
    const controller = new AbortController();
    const cancelTimer = this.#options.clock.schedule(() => controller.abort(new Error('too late')), lookupTimeoutMs);
    try {
      return await Promise.any(accounts.map((account) => this.#askOne(name, account, controller.signal)));
    } catch (error) {
      if (error instanceof AggregateError && error.errors.every((one) => one instanceof NotThere)) this.#rememberMissing(name);
      return undefined;
    } finally {
      cancelTimer();
      controller.abort(new Error('found'));
    }
  }

  async #askOne(name: string, account: string, signal: AbortSignal): Promise<string> {
    const path = `/v1beta/${name}`;
    const answer = await this.#options.call({ method: 'GET', path, headers: [], account, maxAnswerBytes, signal });
    if (answer.status !== 200) throw answer.status < 500 && answer.status !== 429 ? new NotThere() : new Error('no answer');
    this.#options.resources.learn(parseOperation('GET', path).name, path, answer);
    return account;
  }

  #isKnownMissing(name: string): boolean {
    return (this.#notFound.get(name) ?? Number.NEGATIVE_INFINITY) > this.#options.clock.now();
  }

  #rememberMissing(name: string): void {
    this.#notFound.delete(name);
    this.#notFound.set(name, this.#options.clock.now() + notFoundTtlMs);
    for (const oldest of this.#notFound.keys()) {
      if (this.#notFound.size <= maxNotFound) return;
      this.#notFound.delete(oldest);
    }
  }
}

class NotThere extends Error {}
