import { setTimeout as delay } from 'node:timers/promises';
import type { AiStudioSwitches } from '@gemini-proxy/emulator/aistudio';
import { defaultSwitches } from '@gemini-proxy/emulator/aistudio';
import type { EmulatorSwitches } from '@gemini-proxy/emulator/gemini';
import { noFaults } from '../fault-proxy/link-faults.ts';
import type { ChaosStack } from './chaos-stack.ts';
import type { Trouble } from './plan.ts';

type TroubleOf<Kind extends Trouble['kind']> = Extract<Trouble, { kind: Kind }>;

const outages: Readonly<Record<TroubleOf<'outage'>['behaviour'], Partial<EmulatorSwitches>>> = {
  hang: { outage: { kind: 'hang', afterChunks: 0 } },
  error: { outage: { kind: 'status', status: 503 } },
  cut: { outage: { kind: 'cut', afterChunks: 1 } },
  'slow-start': { slowStartMs: 1_500 },
};
const healthyService: EmulatorSwitches = { outage: null, slowStartMs: 0 };

const pageTroubles: Readonly<Record<TroubleOf<'page'>['what'], Partial<AiStudioSwitches>>> = {
  'pending-hook': { callsHang: true },
  'revoked-session': { session: 'expired' },
  'slow-start': { callDelayMs: 1_500 },
  stall: { streamStallsAfterBytes: 2_000 },
  break: { streamBreaksAfterBytes: 2_000 },
};

/** Makes trouble, and ends it where it does not end by itself. */
export async function makeTrouble(stack: ChaosStack, trouble: Trouble): Promise<void> {
  switch (trouble.kind) {
    case 'cut':
      return stack.linkOf(trouble.worker).cut();
    case 'half-open':
      return stack.linkOf(trouble.worker).halfOpen();
    case 'corrupt':
      return stack.linkOf(trouble.worker).corrupt(trouble.direction);
    case 'cut-off':
      return cutOff(stack, trouble);
    case 'bad-link':
      return worsenLink(stack, trouble);
    case 'kill-worker':
      return stack.workers[trouble.worker]?.replace('killed', trouble.lastsMs);
    case 'drain-worker':
      return stack.workers[trouble.worker]?.replace('drained', trouble.lastsMs);
    case 'outage':
      stack.emulator.set(outages[trouble.behaviour]);
      await delay(trouble.lastsMs);
      return stack.emulator.set(healthyService);
    case 'page':
      stack.browser?.aiStudio.set(pageTroubles[trouble.what]);
      await delay(trouble.lastsMs);
      return stack.browser?.aiStudio.set({ ...defaultSwitches, activationGate: 'off' });
    case 'restart-gateway':
      return stack.gateway.replace('drained', trouble.lastsMs);
    case 'kill-gateway':
      return stack.gateway.replace('killed', trouble.lastsMs);
    default:
      trouble satisfies never;
  }
}

/** What a trouble is called in the summary. */
export function nameOf(trouble: Trouble): string {
  if (trouble.kind === 'outage') return `outage: ${trouble.behaviour}`;
  if (trouble.kind === 'page') return `page: ${trouble.what}`;
  return trouble.kind;
}

async function cutOff(stack: ChaosStack, { worker, lastsMs }: TroubleOf<'cut-off'>): Promise<void> {
  const link = stack.linkOf(worker);
  link.welcome = 'refused';
  link.cut();
  await delay(lastsMs);
  link.welcome = 'carried';
}

async function worsenLink(stack: ChaosStack, { worker, lastsMs, faults }: TroubleOf<'bad-link'>): Promise<void> {
  const link = stack.linkOf(worker);
  link.set(faults);
  await delay(lastsMs);
  link.set(noFaults);
}
