import { randomBytes } from 'node:crypto';
import { createKeyCheck } from '../auth/client-key.ts';

const secretBytes = 24;

/** The secrets of one session: each opens one resume, and is used up once the worker is known to have the next. */
export class ResumeSecrets {
  /** What the last welcome said. */
  #newest = createSecret();
  /** What the worker showed last. The welcome that answered it may have been lost, and then it is shown again. */
  #shown: string | undefined;

  get newest(): string {
    return this.#newest;
  }

  opens(presented: string): boolean {
    const good = this.#shown === undefined ? [this.#newest] : [this.#newest, this.#shown];
    return createKeyCheck(good)(presented);
  }

  /** Takes a secret that opens the session, and returns the next one. */
  use(presented: string): string {
    if (createKeyCheck([this.#newest])(presented)) {
      this.#shown = this.#newest;
      this.#newest = createSecret();
    }
    return this.#newest;
  }

  /** The worker has the newest. */
  arrived(): void {
    this.#shown = undefined;
  }
}

function createSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}
