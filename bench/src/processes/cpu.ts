import { readdirSync, readFileSync } from 'node:fs';

/** A process whose CPU time is measured, alone or with all its descendants (a browser is some ten processes). */
export interface MeasuredProcess {
  readonly role: string;
  readonly pid: number;
  readonly isTree: boolean;
}

/** `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const microsecondsPerTick = 10_000;

/** CPU time that the process has used so far, user and system, in microseconds; in steps of 10 ms. `NaN` elsewhere than on Linux. */
export function cpuMicroseconds(measured: MeasuredProcess): number {
  if (process.platform !== 'linux') return Number.NaN;
  if (!measured.isTree) return (readStat(measured.pid)?.ticks ?? Number.NaN) * microsecondsPerTick;
  let ticks = 0;
  for (const stat of tree(measured.pid)) ticks += stat.ticks;
  return ticks * microsecondsPerTick;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function tree(root: number): Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);
  const inTree = new Set([root]);
  for (let size = 0; size !== inTree.size; ) {
    size = inTree.size;
    for (const stat of all) if (inTree.has(stat.parent)) inTree.add(stat.pid);
  }
  return all.filter((stat) => inTree.has(stat.pid));
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in brackets, may hold spaces; the fields after it do not.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
