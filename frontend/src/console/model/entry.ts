import { type ConsoleClient, ConsoleError, codeParameter } from '../channel/contract.ts';
import { ConsoleModel } from './console-model.ts';
import { toError } from './query.ts';
import { Store } from './store.ts';

/** `code-refused`: a one-time link that was used before, or is too old. */
export type EntryState =
  | { readonly is: 'signed-out'; readonly why: 'no-session' | 'code-refused' | 'ended' }
  | { readonly is: 'unreachable'; readonly error: Error }
  | { readonly is: 'inside'; readonly model: ConsoleModel };

/** The door: from a one-time link or a cookie to a signed-in console, and out again. */
export class Entry extends Store<EntryState> {
  readonly #client: ConsoleClient;

  constructor(client: ConsoleClient) {
    super({ is: 'signed-out', why: 'no-session' });
    this.#client = client;
  }

  /** Takes the code out of the address before anything else, so that it is in no history. */
  async enter(location: Pick<Location, 'hash' | 'pathname' | 'search'>): Promise<void> {
    const parameters = new URLSearchParams(location.hash.replace(/^#/, ''));
    const code = parameters.get(codeParameter);
    if (code === null) return this.#look();
    history.replaceState(null, '', `${location.pathname}${location.search}`);
    await this.signIn(code);
  }

  /** Signs in by what the user pasted: a link, or the code in it. */
  async signIn(pasted: string): Promise<void> {
    const code = new URLSearchParams(pasted.replace(/^[^#]*#/, '')).get(codeParameter) ?? pasted.trim();
    try {
      const session = await this.#client.call('signIn', { body: { code } });
      if (session.signedIn) return this.#open(session);
    } catch (error) {
      if (!(error instanceof ConsoleError)) return this.set({ is: 'unreachable', error: toError(error) });
    }
    // The link was used here before: the cookie of that time may still hold.
    await this.#look('code-refused');
  }

  async signOut(): Promise<void> {
    this.#leave('ended');
    await this.#client.call('signOut', {});
  }

  async #look(whyNot: 'no-session' | 'code-refused' = 'no-session'): Promise<void> {
    try {
      const session = await this.#client.call('getSession', {});
      if (session.signedIn) this.#open(session);
      else this.set({ is: 'signed-out', why: whyNot });
    } catch (error) {
      this.set({ is: 'unreachable', error: toError(error) });
    }
  }

  #open(session: ConstructorParameters<typeof ConsoleModel>[0]['session']): void {
    const model = new ConsoleModel({ client: this.#client, session, onSignedOut: () => this.#leave('ended') });
    model.start();
    this.set({ is: 'inside', model });
  }

  #leave(why: 'ended'): void {
    if (this.value.is === 'inside') this.value.model.stop();
    this.set({ is: 'signed-out', why });
  }
}
