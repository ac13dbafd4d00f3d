import type { Behaviour } from '@gemini-proxy/emulator/gemini';
import type { Direction, LinkFaults } from '../fault-proxy/link-faults.ts';

/** How the client treats its answer. */
export type Reader =
  | { readonly kind: 'quick' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Leaves after that many bytes, or after that time, whatever comes first. */
  | { readonly kind: 'leaves'; readonly afterBytes: number; readonly afterMs: number };

/** What a client asks for. Each is known to the emulator by its id. */
export type Asked =
  | { readonly kind: 'unary' | 'sse' | 'array'; readonly promptBytes: number; readonly behaviour: Behaviour }
  | { readonly kind: 'list'; readonly behaviour: Behaviour }
  | { readonly kind: 'down' | 'echo'; readonly bytes: number; readonly behaviour: Behaviour }
  | { readonly kind: 'upload'; readonly bytes: number }
  | { readonly kind: 'live'; readonly turns: number };

export interface PlannedRequest {
  readonly id: number;
  readonly atMs: number;
  readonly asked: Asked;
  readonly reader: Reader;
  /** Whether it goes over a connection that others have used. */
  readonly reusesConnection: boolean;
}

/** What goes wrong, and for how long where it ends by itself. */
export type Trouble =
  | { readonly kind: 'cut' | 'half-open'; readonly worker: number }
  | { readonly kind: 'cut-off'; readonly worker: number; readonly lastsMs: number }
  | { readonly kind: 'corrupt'; readonly worker: number; readonly direction: Direction }
  | { readonly kind: 'bad-link'; readonly worker: number; readonly lastsMs: number; readonly faults: Partial<LinkFaults> }
  | { readonly kind: 'kill-worker' | 'drain-worker'; readonly worker: number; readonly lastsMs: number }
  | { readonly kind: 'outage'; readonly lastsMs: number; readonly behaviour: 'hang' | 'error' | 'cut' | 'slow-start' }
  | {
      readonly kind: 'page';
      readonly lastsMs: number;
      readonly what: 'pending-hook' | 'revoked-session' | 'slow-start' | 'stall' | 'break';
    }
  | { readonly kind: 'restart-gateway' | 'kill-gateway'; readonly lastsMs: number };

export interface PlannedTrouble {
  readonly atMs: number;
  readonly trouble: Trouble;
}

/** All that a part of a run does; the same for the same numbers. */
export interface Plan {
  readonly durationMs: number;
  readonly requests: readonly PlannedRequest[];
  readonly troubles: readonly PlannedTrouble[];
}

export interface PlanOptions {
  readonly firstId: number;
  readonly durationMs: number;
  readonly requestsPerSecond: number;
  /** Node workers; the first of them is never killed, so that its memory can be watched. */
  readonly workers: number;
  readonly hasBrowser: boolean;
  /** Which troubles there are: those of gateways come in a part of their own, since a new process has no baseline. */
  readonly troubles: 'none' | 'gateway' | 'all-but-gateway';
}
