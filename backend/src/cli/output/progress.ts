import type { StreamFacts } from './style.ts';

export interface ProgressOptions {
  readonly stream: StreamFacts;
  readonly write: (text: string) => void;
}

/** Says what is being waited for, on one line of a terminal's error output, and takes the line away at the end. Elsewhere it is silent. */
export class Progress implements Disposable {
  readonly #isShown: boolean;
  readonly #write: ProgressOptions['write'];
  readonly #columns: number;
  #isLineWritten = false;

  constructor({ stream, write }: ProgressOptions) {
    this.#isShown = stream.isTerminal;
    this.#columns = stream.columns;
    this.#write = write;
  }

  say(text: string): void {
    if (!this.#isShown) return;
    this.#write(`${clearLine}${`… ${text}`.slice(0, Math.max(1, this.#columns - 1))}`);
    this.#isLineWritten = true;
  }

  [Symbol.dispose](): void {
    if (this.#isLineWritten) this.#write(clearLine);
    this.#isLineWritten = false;
  }
}

const clearLine = '\r\u001b[2K';
