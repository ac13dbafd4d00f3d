import type { SeededRandom } from '../seeded-random.ts';
import type { PlannedTrouble, PlanOptions, Trouble } from './plan.ts';
import { pickWeighted } from './plan-request.ts';

type Kind = Trouble['kind'];

const gatewayKinds: readonly (readonly [Kind, number])[] = [
  ['restart-gateway', 2],
  ['kill-gateway', 1],
];
const otherKinds: readonly (readonly [Kind, number])[] = [
  ['cut', 20],
  ['cut-off', 12],
  ['half-open', 8],
  ['corrupt', 10],
  ['bad-link', 25],
  ['kill-worker', 8],
  ['drain-worker', 5],
  ['outage', 7],
];
const pageKinds: readonly (readonly [Kind, number])[] = [['page', 8]];

/** Milliseconds between the beginnings of two troubles. */
const otherGapMs = { least: 200, most: 2_500 } as const;
const gatewayGapMs = { least: 6_000, most: 9_000 } as const;
/** The last trouble begins so long before the end that it is over by then. */
const calmEndMs = 5_000;

/** Troubles with pauses; two that would meet in one place follow each other. */
export function planTroubles(random: SeededRandom, options: PlanOptions): PlannedTrouble[] {
  if (options.troubles === 'none') return [];
  const isGateway = options.troubles === 'gateway';
  const gap = isGateway ? gatewayGapMs : otherGapMs;
  const kinds = isGateway ? gatewayKinds : [...otherKinds, ...(options.hasBrowser ? pageKinds : [])];
  const busyUntilMs = new Map<string, number>();
  const troubles: PlannedTrouble[] = [];
  for (
    let atMs = random.between(0, gap.least);
    atMs < options.durationMs - calmEndMs;
    atMs += random.between(gap.least, gap.most)
  ) {
    const trouble = planTrouble(random, pickWeighted(random, kinds), options);
    const place = placeOf(trouble);
    if ((busyUntilMs.get(place) ?? 0) > atMs) continue;
    busyUntilMs.set(place, atMs + ('lastsMs' in trouble ? trouble.lastsMs : 0) + 100);
    troubles.push({ atMs, trouble });
  }
  return troubles;
}

function planTrouble(random: SeededRandom, kind: Kind, { workers, hasBrowser }: PlanOptions): Trouble {
  const worker = random.between(0, workers - 1 + (hasBrowser ? 1 : 0));
  const lastsMs = random.between(100, 4_000);
  switch (kind) {
    case 'cut':
    case 'half-open':
      return { kind, worker };
    case 'cut-off':
      return { kind, worker, lastsMs };
    case 'corrupt':
      return { kind, worker, direction: random.pick(['to-target', 'to-client']) };
    case 'bad-link':
      return { kind, worker, lastsMs, faults: planLinkFaults(random) };
    case 'kill-worker':
    case 'drain-worker':
      return { kind, worker: random.between(Math.min(1, workers - 1), workers - 1), lastsMs };
    case 'outage':
      return { kind, lastsMs: Math.round(lastsMs / 2), behaviour: random.pick(['hang', 'error', 'cut', 'slow-start']) };
    case 'page':
      return { kind, lastsMs, what: random.pick(['pending-hook', 'revoked-session', 'slow-start', 'stall', 'break']) };
    case 'restart-gateway':
    case 'kill-gateway':
      return { kind, lastsMs: random.between(0, 1_000) };
    default:
      return kind satisfies never;
  }
}

function planLinkFaults(random: SeededRandom) {
  const delayMs = random.between(5, 400);
  const bytesPerSecond = random.pick([0, 20_000, 100_000, 1_000_000]);
  return random.pick([{ delayMs }, { bytesPerSecond }, { delayMs, bytesPerSecond }]);
}

function placeOf(trouble: Trouble): string {
  return 'worker' in trouble ? `worker ${trouble.worker}` : trouble.kind === 'outage' ? 'upstream' : trouble.kind;
}
