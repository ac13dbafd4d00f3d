import type { ClientExchange } from '../orchestrator/client-exchange.ts';
import type { LocalAnswer } from '../orchestrator/exchange.ts';
import type { Caller } from '../orchestrator/internal-call.ts';
import type { Resources } from '../resources/resources.ts';
import { withoutCompression } from './observed-exchange.ts';
import type { OwnerFinder } from './owner-finder.ts';

const maxAnswerBytes = 1024 * 1024;

interface Poll {
  readonly answer: Promise<LocalAnswer>;
  readonly controller: AbortController;
  waiting: number;
}

/** Answers who asks for a file: from the store where its state is final, else by one call for all who ask at the same time. */
export class FilePolls {
  readonly #resources: Resources;
  readonly #finder: OwnerFinder;
  readonly #call: Caller;
  /** By path. */
  readonly #polls = new Map<string, Poll>();

  constructor(options: { readonly resources: Resources; readonly finder: OwnerFinder; readonly call: Caller }) {
    this.#resources = options.resources;
    this.#finder = options.finder;
    this.#call = options.call;
  }

  get running(): number {
    return this.#polls.size;
  }

  get(name: string, client: ClientExchange, signal: AbortSignal): Promise<LocalAnswer> {
    const { path } = client;
    const stored = this.#resources.terminalAnswer(name, path);
    if (stored !== undefined) return Promise.resolve(stored);
    const poll = this.#polls.get(path) ?? this.#start(name, client);
    poll.waiting += 1;
    signal.addEventListener('abort', () => this.#leave(path, poll), { once: true });
    return poll.answer;
  }

  #start(name: string, client: ClientExchange): Poll {
    const controller = new AbortController();
    const answer = this.#ask(name, client, controller.signal).finally(() => this.#delete(client.path, poll));
    const poll: Poll = { answer, controller, waiting: 0 };
    this.#polls.set(client.path, poll);
    return poll;
  }

  async #ask(name: string, { path, headers }: ClientExchange, signal: AbortSignal): Promise<LocalAnswer> {
    const account = await this.#finder.ownerOf([name]);
    const call = { method: 'GET', path, headers: withoutCompression(headers), account, maxAnswerBytes, signal };
    const answer = await this.#call(call);
    this.#resources.learn('files.get', path, answer);
    return answer;
  }

  #leave(path: string, poll: Poll): void {
    poll.waiting -= 1;
    if (poll.waiting > 0) return;
    this.#delete(path, poll);
    poll.controller.abort(new Error('Nobody waits for it any more.'));
  }

  #delete(path: string, poll: Poll): void {
    if (this.#polls.get(path) === poll) this.#polls.delete(path);
  }
}
