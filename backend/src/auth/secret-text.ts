import { timingSafeEqual } from 'node:crypto';

/**
 * A key or token to compare with. A comparison takes the same time for every wrong text of the right length; the length itself is no secret,
 * since all keys are made alike. No hash stands before it: that would be a fortieth of a small request's cost.
 */
export class SecretText {
  readonly #text: string;
  readonly #bytes: Buffer;
  /** Room for what is presented: a buffer for each would cost more than the comparison. */
  readonly #presented: Buffer;

  constructor(text: string) {
    this.#text = text;
    this.#bytes = Buffer.from(text, 'latin1');
    this.#presented = Buffer.alloc(this.#bytes.length);
  }

  equals(presented: string): boolean {
    if (presented.length !== this.#bytes.length) return false;
    this.#presented.write(presented, 'latin1');
    // Characters beyond Latin-1 have lost their upper half; where all bytes are right there is nothing left to find out by time.
    return timingSafeEqual(this.#presented, this.#bytes) && presented === this.#text;
  }
}
