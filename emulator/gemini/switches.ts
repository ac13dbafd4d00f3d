import type { Behaviour, BehaviourRequest, ChooseBehaviour, Fault } from './behaviour.ts';

/** What is wrong with the service as a whole. Changed while it runs by `emulator.set()`; calls under way go on as they began. */
export interface EmulatorSwitches {
  /** Befalls every call, uploads, diagnostics and Live sessions included, in place of what its behaviour says; `null`: none. */
  readonly outage: Fault | null;
  /** Milliseconds that every answer begins later than its behaviour says. */
  readonly slowStartMs: number;
}

/** The service in good health. */
export const defaultEmulatorSwitches: EmulatorSwitches = { outage: null, slowStartMs: 0 };

/** Says how a call is answered: by the service's state, by what is chosen for the call, by defaults. */
export type BehaviourOf = (request: BehaviourRequest) => Behaviour;

export interface BehaviourSources {
  readonly defaults: Behaviour;
  readonly choose: ChooseBehaviour | undefined;
  /** Read at each call. */
  readonly switches: () => EmulatorSwitches;
}

export function createBehaviourOf({ defaults, choose, switches }: BehaviourSources): BehaviourOf {
  return (request) => {
    const chosen = choose?.(request);
    const behaviour = chosen === undefined ? defaults : { ...defaults, ...chosen };
    const { outage, slowStartMs } = switches();
    if (outage === null && slowStartMs === 0) return behaviour;
    return { ...behaviour, delayMs: (behaviour.delayMs ?? 0) + slowStartMs, fault: outage ?? behaviour.fault };
  };
}
