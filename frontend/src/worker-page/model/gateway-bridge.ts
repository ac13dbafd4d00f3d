import type { Connect } from '@gemini-proxy/protocol';
import type { BridgeRefusal, BridgeState } from '@gemini-proxy/worker';
import { isLoopback } from './endpoint.ts';
import type { Obstacle } from './obstacle.ts';
import type { PageEnvironment } from './page-environment.ts';
import type { PageState } from './page-state.ts';

/** The window that carries the page's sockets where the browser lets it have none. */
export interface PageBridge {
  readonly state: BridgeState;
  connectThrough(token: string): Connect;
  focus(): void;
  close(): void;
}

export interface BridgeEvents {
  onState(state: BridgeState): void;
  onRefused(reason: BridgeRefusal): void;
}

/** How the page reaches the gateway: by a socket of its own to this machine, through the bridge window, or encrypted to a public name. */
export type Way = 'direct' | 'bridge' | 'secure';

/** States in which a bridge window may be the way out. */
const waysOut: ReadonlySet<PageState> = new Set<PageState>(['blocked', 'not-allowed', 'unanswered', 'unreachable', 'no-window']);

/** The page's bridge window, if its user has opened one. */
export class GatewayBridge {
  readonly #environment: Pick<PageEnvironment, 'openBridge'>;
  readonly #onChange: () => void;
  #bridge: PageBridge | undefined;
  #url: string | undefined;
  #refusal: BridgeRefusal | undefined;
  #isWindowDenied = false;

  constructor(environment: Pick<PageEnvironment, 'openBridge'>, onChange: () => void) {
    this.#environment = environment;
    this.#onChange = onChange;
  }

  /** To be called within a click. */
  open(endpoint: string): void {
    this.close();
    this.#url = toBridgeUrl(endpoint);
    this.#bridge = this.#environment.openBridge(this.#url, {
      onState: () => this.#onChange(),
      onRefused: (reason) => {
        this.#refusal = reason;
      },
    });
    this.#isWindowDenied = this.#bridge === undefined;
    this.#onChange();
  }

  /** A bridge to another gateway is of no use. */
  keepFor(endpoint: string): void {
    if (this.#url !== undefined && this.#url !== toBridgeUrl(endpoint)) this.close();
  }

  /** Idempotent. */
  close(): void {
    this.#bridge?.close();
    this.#bridge = undefined;
    this.#url = undefined;
    this.#refusal = undefined;
    this.#isWindowDenied = false;
  }

  /** What connections go through now; `undefined`: they go directly. */
  get current(): PageBridge | undefined {
    return this.#bridge?.state === 'closed' ? undefined : this.#bridge;
  }

  wayTo(endpoint: string): Way {
    if (this.current !== undefined) return 'bridge';
    return endpoint.startsWith('wss:') ? 'secure' : 'direct';
  }

  /** Why a connection through the window fails; `undefined` where there is no window. */
  get obstacle(): Obstacle | undefined {
    if (this.current === undefined) return undefined;
    return this.#refusal === 'origin' ? 'origin' : 'absent';
  }

  /** What the page says of itself, when this is known, too. */
  stateWith(state: PageState): PageState {
    return this.#isWindowDenied && waysOut.has(state) ? 'no-window' : state;
  }

  /** Whether the user can be offered the window now. */
  isOfferedIn(state: PageState, endpoint: string): boolean {
    return this.current === undefined && isLoopback(endpoint) && waysOut.has(state);
  }
}

function toBridgeUrl(endpoint: string): string {
  return new URL('/bridge', endpoint.replace(/^ws/i, 'http')).href;
}
