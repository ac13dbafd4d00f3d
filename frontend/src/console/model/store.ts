/** A value that others watch. */
export interface Readable<Value> {
  readonly value: Value;
  readonly subscribe: (listener: () => void) => () => void;
}

/** A value that changes as a whole; listeners hear of a change, not of the same value again. */
export class Store<Value> implements Readable<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
}
