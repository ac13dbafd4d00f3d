import { isDeepStrictEqual } from 'node:util';
import { type OperationName, parseResourceName, resourceNameOfPath } from '@gemini-proxy/gemini';
import type { Events } from '../events.ts';
import type { ResourcePage, ResourceRecord, ResourceTable, StoredAnswer } from '../store/store.ts';
import {
  concernOf,
  isPlainPathOf,
  memberOf,
  nameOfAnswer,
  parseAnswer,
  type ReceivedAnswer,
  textMember,
  toRecord,
  toTerminalAnswer,
} from './read-answer.ts';

export interface ResourcesOptions {
  readonly table: ResourceTable;
  readonly events: Events;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears of a resource that its client has deleted. */
  readonly onDeleted?: (name: string) => void;
}

/** How often what has expired is swept out. Until then it is passed over when read. */
const sweepIntervalMs = 10 * 60_000;

/**
 * Who owns what. It learns from answers that pass, and forgets what is deleted or expires. A store that fails costs knowledge, never
 * a request: the Gemini API is asked again.
 */
export class Resources {
  readonly #table: ResourceTable;
  readonly #events: Events;
  readonly #now: () => number;
  readonly #onDeleted: (name: string) => void;
  #nextSweepMs = Number.NEGATIVE_INFINITY;
  /** Account → whether others own something, until something changes. */
  readonly #foreign = new Map<string, boolean>();
  #revision = 0;

  constructor({ table, events, now, onDeleted = () => {} }: ResourcesOptions) {
    this.#onDeleted = onDeleted;
    this.#table = table;
    this.#events = events;
    this.#now = now;
    this.#sweep();
  }

  /** The account that owns a resource, as far as is known. */
  ownerOf(name: string): string | undefined {
    return this.#get(name)?.account;
  }

  /** Whether something is known to belong to any account but this one. */
  hasOwnerBesides(account: string): boolean {
    const known = this.#foreign.get(account);
    if (known !== undefined) return known;
    const hasOther = this.#trying(() => this.#table.hasOwnerBesides(account)) ?? false;
    this.#foreign.set(account, hasOther);
    return hasOther;
  }

  /** The account that was last given something, as far as can be told. */
  latestOwner(): string | undefined {
    return this.#trying(() => this.#table.latestOwner());
  }

  /** Grows with each change of what is known. */
  get revision(): number {
    return this.#revision;
  }

  /** A page of what is known, by name, with what has expired and was not swept out yet; and how much that is in all. */
  list(page: ResourcePage): { readonly records: readonly ResourceRecord[]; readonly total: number } {
    const records = this.#trying(() => this.#table.page(page)) ?? [];
    return { records, total: this.#trying(() => this.#table.count(page)) ?? 0 };
  }

  /** The answer to a plain `get` of a file, by this path, that does not change any more. */
  terminalAnswer(name: string, path: string): StoredAnswer | undefined {
    const record = this.#get(name);
    return record?.answerPath === path ? record.answer : undefined;
  }

  /** Takes from an answer to a client's request, or to a call of the gateway's own, what it says of owners; returns what is there by it. */
  learn(operation: OperationName, path: string, answer: ReceivedAnswer): ResourceRecord | undefined {
    const concern = concernOf.get(operation);
    if (concern === undefined) return undefined;
    const isGood = answer.status >= 200 && answer.status < 300;
    const name = resourceNameOfPath(path)?.name;
    if (isGood && concern !== 'deletes') return this.#learnExistence(operation, path, answer);
    if (name !== undefined && (isGood || (concern !== 'creates' && isGone(answer.status)))) {
      this.#forget(name);
      if (isGood) this.#onDeleted(name);
    }
    return undefined;
  }

  /** Takes an element of a list. */
  learnListed(printed: unknown, account: string): void {
    const name = parseResourceName(textMember(printed, 'name') ?? '');
    if (name !== undefined && this.ownerOf(name.name) !== account) this.#put(toRecord(name, account, printed));
  }

  #learnExistence(operation: OperationName, path: string, answer: ReceivedAnswer): ResourceRecord | undefined {
    const printed = parseAnswer(answer);
    const name = nameOfAnswer(operation, path, printed);
    if (name === undefined || printed === undefined) return undefined;
    const record = toRecord(name, answer.account, memberOf(printed, 'file') ?? printed);
    const known = { ...record, ...this.#terminalAnswerFrom(operation, path, record, answer) };
    this.#put(known);
    return known;
  }

  /** What is known of the file's final state, now or from before. */
  #terminalAnswerFrom(operation: OperationName, path: string, { name, account, state }: ResourceRecord, answer: ReceivedAnswer) {
    const isPlainGet = operation === 'files.get' && isPlainPathOf(name, path);
    const terminal = isPlainGet ? toTerminalAnswer(answer, state) : undefined;
    if (terminal !== undefined) return { answer: terminal, answerPath: path };
    const before = this.#get(name);
    const isSame = before?.account === account && before.state === state;
    const isTerminal = isSame && before.answerPath !== undefined;
    return isTerminal ? { answer: before.answer, answerPath: before.answerPath } : {};
  }

  #get(name: string): ResourceRecord | undefined {
    const record = this.#trying(() => this.#table.get(name));
    const hasExpired = record?.expiresAtMs !== undefined && record.expiresAtMs <= this.#now();
    return hasExpired ? undefined : record;
  }

  /** Reading is much cheaper than writing, and most answers tell nothing new. */
  #put(record: ResourceRecord): void {
    if (isDeepStrictEqual(this.#get(record.name), record)) return;
    this.#foreign.clear();
    this.#revision += 1;
    this.#trying(() => this.#table.put(record));
    this.#sweep();
  }

  #forget(name: string): void {
    this.#foreign.clear();
    this.#revision += 1;
    this.#trying(() => this.#table.delete(name));
  }

  #sweep(): void {
    const now = this.#now();
    if (now < this.#nextSweepMs) return;
    this.#nextSweepMs = now + sweepIntervalMs;
    if ((this.#trying(() => this.#table.deleteExpired(now)) ?? 0) > 0) this.#foreign.clear();
  }

  #trying<Result>(action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      this.#events.storeFailed(error);
      return undefined;
    }
  }
}

/** How the Gemini API answers for what is not there, or is a stranger's. */
function isGone(status: number): boolean {
  return status === 403 || status === 404;
}
