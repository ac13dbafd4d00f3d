import type { Outcome, Verdict } from './judge.ts';
import type { Asked } from './plan.ts';

type Kind = Asked['kind'];

/** How many requests of each kind ended how, and how many troubles there were. */
export interface Tally {
  readonly outcomes: ReadonlyMap<Kind, ReadonlyMap<Outcome, number>>;
  readonly reasons: ReadonlyMap<string, number>;
  readonly troubles: ReadonlyMap<string, number>;
  readonly judged: number;
  /** What the last clients were told that got no right answer. */
  readonly details: readonly string[];
  countRequest(kind: Kind, verdict: Verdict): void;
  countTrouble(name: string): void;
  /** How many requests ended in one of these ways. */
  total(...outcomes: readonly Outcome[]): number;
}

const mostDetails = 20;

export function createTally(): Tally {
  const outcomes = new Map<Kind, Map<Outcome, number>>();
  const reasons = new Map<string, number>();
  const troubles = new Map<string, number>();
  const details: string[] = [];
  let judged = 0;
  return {
    outcomes,
    reasons,
    troubles,
    details,
    get judged() {
      return judged;
    },
    countRequest: (kind, { outcome, reason, detail }) => {
      judged += 1;
      if (detail !== '') details.push(`${kind}: ${detail}`);
      if (details.length > mostDetails) details.shift();
      const row = outcomes.get(kind) ?? new Map<Outcome, number>();
      outcomes.set(kind, row);
      increase(row, outcome);
      if (reason !== undefined) increase(reasons, reason);
    },
    countTrouble: (name) => increase(troubles, name),
    total: (...wanted) =>
      [...outcomes.values()].reduce((sum, row) => sum + wanted.reduce((some, one) => some + (row.get(one) ?? 0), 0), 0),
  };
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
