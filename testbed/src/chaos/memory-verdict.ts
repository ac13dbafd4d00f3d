import type { Findings } from './findings.ts';
import { type Holding, type Sample, slopePerMinute } from './memory-watch.ts';

/** Memory of one process over a run, in MiB. */
export interface MemoryRow {
  readonly process: 'gateway' | 'worker';
  readonly what: keyof Holding;
  readonly before: number;
  readonly most: number;
  readonly after: number;
  /** MiB that it rose a minute while the run went on. */
  readonly slope: number;
}

export interface MemoryCourse {
  /** At rest, after the warm-up. */
  readonly before: Sample;
  /** While the run went on. */
  readonly samples: readonly Sample[];
  /** At rest again. */
  readonly after: Sample;
}

/** MiB above the baseline at which a process at rest has lost some: live objects are counted, what the system lends is its own matter. */
const mostGrowth: Readonly<Record<keyof Holding, number>> = { live: 12, resident: 96 };
/** A slope says something only over a run as long as this. */
const leastMinutesForSlope = 5;
const mostSlope: Readonly<Record<keyof Holding, number>> = { live: 1, resident: 6 };

/** Compares a process at rest after the run with itself at rest before, and looks at the slope of a long run. */
export function judgeMemory({ before, samples, after }: MemoryCourse, findings: Findings): MemoryRow[] {
  const minutes = ((samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)) / 60_000;
  const rows: MemoryRow[] = [];
  for (const process of ['gateway', 'worker'] as const) {
    for (const what of ['live', 'resident'] as const) {
      const read = (sample: Sample) => sample[process][what];
      const row: MemoryRow = {
        process,
        what,
        before: read(before),
        most: Math.max(read(before), ...samples.map(read), read(after)),
        after: read(after),
        slope: slopePerMinute(samples, read),
      };
      rows.push(row);
      const growth = row.after - row.before;
      if (growth > mostGrowth[what])
        findings.add(`${process}: ${what} memory at rest is ${growth.toFixed(1)} MiB above its baseline`);
      if (minutes >= leastMinutesForSlope && row.slope > mostSlope[what]) {
        findings.add(`${process}: ${what} memory rises by ${row.slope.toFixed(2)} MiB a minute`);
      }
    }
  }
  return rows;
}
