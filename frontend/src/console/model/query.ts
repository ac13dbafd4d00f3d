import { Store } from './store.ts';

/** What is known of something that has to be fetched; an old value stays while a new one is under way, and when that fails. */
export interface Fetched<Value> {
  readonly value: Value | undefined;
  readonly error: Error | undefined;
  readonly isLoading: boolean;
}

/** Something that is fetched, again and again; the last call wins. */
export class Query<Value> extends Store<Fetched<Value>> {
  readonly #fetch: (signal: AbortSignal) => Promise<Value>;
  #running: AbortController | undefined;

  constructor(fetch: (signal: AbortSignal) => Promise<Value>) {
    super({ value: undefined, error: undefined, isLoading: false });
    this.#fetch = fetch;
  }

  /** Never rejects: an error is part of the value. */
  async load(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.set({ ...this.value, isLoading: true });
    try {
      const value = await this.#fetch(running.signal);
      if (this.#running === running) this.set({ value, error: undefined, isLoading: false });
    } catch (error) {
      if (this.#running === running) this.set({ ...this.value, error: toError(error), isLoading: false });
    }
  }

  /** A value that came by another way; an answer that is under way is older. */
  put(value: Value): void {
    this.#running = undefined;
    this.set({ value, error: undefined, isLoading: false });
  }

  /** Changes a value that is already there. */
  update(change: (value: Value) => Value): void {
    if (this.value.value !== undefined) this.set({ ...this.value, value: change(this.value.value) });
  }
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
