import type { Behaviour } from '@gemini-proxy/emulator/gemini';

/** Holds answers where they are until it is opened, so that a test sees requests under way for as long as it likes. */
export class AnswerGate {
  #opened = Promise.withResolvers<void>();
  #waiting = 0;

  /** Answers that it holds now. */
  get waiting(): number {
    return this.#waiting;
  }

  /** An answer of which `before` is sent at once, and `after` when the gate opens. */
  hold(before: string, after: string, contentType: string): Behaviour {
    return { rawBody: this.#halting(before, after), responseHeaders: { 'content-type': contentType } };
  }

  /** Lets go what waits, and what comes later. */
  open(): void {
    this.#opened.resolve();
  }

  /** What comes from now on waits again. */
  close(): void {
    this.#opened = Promise.withResolvers();
  }

  async *#halting(before: string, after: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(before);
    this.#waiting += 1;
    await this.#opened.promise;
    this.#waiting -= 1;
    yield Buffer.from(after);
  }
}
