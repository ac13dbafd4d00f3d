import { createHmac, timingSafeEqual } from 'node:crypto';

/** Where a list over several accounts goes on: what is left of each, in order. */
export interface Place {
  readonly account: string;
  /** Page token of the account's own list; empty at its beginning. */
  readonly token: string;
}

const prefix = 'gp.';
const macBytes = 16;

/** Writes places into page tokens that only this gateway can make, each for one list. */
export class PageTokens {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Whether the token is meant to be one of these. */
  isOwn(token: string): boolean {
    return token.startsWith(prefix);
  }

  seal(places: readonly Place[], list: string): string {
    const text = Buffer.from(JSON.stringify(places.map(({ account, token }) => [account, token])));
    return `${prefix}${Buffer.concat([this.#macOf(text, list), text]).toString('base64url')}`;
  }

  /** `undefined` where the token is not one of this gateway for this list. */
  open(sealed: string, list: string): readonly Place[] | undefined {
    const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
    if (!this.isOwn(sealed) || bytes.length <= macBytes) return undefined;
    const text = bytes.subarray(macBytes);
    if (!timingSafeEqual(bytes.subarray(0, macBytes), this.#macOf(text, list))) return undefined;
    const places: unknown = JSON.parse(text.toString());
    return Array.isArray(places) ? places.map(toPlace) : undefined;
  }

  #macOf(text: Buffer, list: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${list}\0`).update(text).digest().subarray(0, macBytes);
  }
}

function toPlace(pair: unknown): Place {
  const [account, token]: readonly unknown[] = Array.isArray(pair) ? pair : [];
  return { account: String(account), token: String(token) };
}
