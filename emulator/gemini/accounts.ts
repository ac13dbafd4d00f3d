/** A user of the service: what is made with one of its credentials belongs to it. */
export interface Account {
  readonly name: string;
  readonly apiKeys?: readonly string[] | undefined;
  /** Accepted in the header `x-emulator-session`. Default: no session is. */
  readonly sessionSecret?: string | undefined;
}

/** Finds accounts by their credentials. */
export class AccountTable {
  readonly #nameOfKey = new Map<string, string>();
  readonly #nameOfSession = new Map<string, string>();

  constructor(accounts: readonly Account[]) {
    for (const { name, apiKeys = [], sessionSecret } of accounts) {
      for (const key of apiKeys) this.#nameOfKey.set(key, name);
      if (sessionSecret !== undefined) this.#nameOfSession.set(sessionSecret, name);
    }
  }

  ofKey(key: string): string | undefined {
    return this.#nameOfKey.get(key);
  }

  ofSession(secret: string): string | undefined {
    return this.#nameOfSession.get(secret);
  }
}
