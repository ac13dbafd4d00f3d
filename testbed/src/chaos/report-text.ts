import { styleText } from 'node:util';
import type { Outcome } from './judge.ts';
import type { ChaosProgress, ChaosReport } from './run-chaos.ts';

const outcomes: readonly Outcome[] = [
  'right',
  "upstream's error",
  "gateway's error",
  'cut, with an error',
  'cut, bare',
  'gave up',
  'left',
  'violation',
];

/** One line that says how far a run is. */
export function formatProgress({ part, elapsedMs, running, tally, findings }: ChaosProgress): string {
  const seconds = Math.round(elapsedMs / 1000);
  const right = tally.total('right');
  const troubles = [...tally.troubles.values()].reduce((sum, count) => sum + count, 0);
  return `${seconds} s  ${part}: ${tally.judged} requests over, ${right} right, ${running} running, ${troubles} troubles, ${findings} findings`;
}

/** The summary of a run: what was asked and how it ended, what went wrong on purpose, memory, and what must not have happened. */
export function formatReport(report: ChaosReport): string {
  const { seed, tally, findings, executions, memory, durationMs } = report;
  const kinds = [...tally.outcomes.keys()].toSorted();
  const requestRows = kinds.map((kind) => [
    kind,
    ...outcomes.map((outcome) => String(tally.outcomes.get(kind)?.get(outcome) ?? 0)),
  ]);
  const sumRow = ['all', ...outcomes.map((outcome) => String(tally.total(outcome)))];
  const memoryRows = memory.map((row) => [
    `${row.process}, ${row.what}`,
    ...[row.before, row.most, row.after, row.slope].map((value) => value.toFixed(1)),
  ]);
  const more = [...executions].map(([times, count]) => `${count} × ${times}`).join(', ') || 'none';
  const sections = [
    styleText('bold', `Chaos with seed ${seed}: ${tally.judged} requests in ${Math.round(durationMs / 1000)} s`),
    formatTable([['requests', ...outcomes], ...requestRows, sumRow]),
    `errors of the gateway: ${formatCounts(tally.reasons)}`,
    `troubles: ${formatCounts(tally.troubles)}`,
    `executed more than once: ${more}`,
    formatTable([['memory, MiB', 'before', 'most', 'after', 'a minute'], ...memoryRows]),
  ];
  if (findings.length === 0) sections.push(styleText('green', '✓ Nothing happened that must not.'));
  else
    sections.push(
      styleText('red', `✗ ${findings.length} findings; again with --seed ${seed}:`),
      ...findings.map((text) => `  ${text}`),
    );
  return `${sections.join('\n\n')}\n`;
}

function formatCounts(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].toSorted(([, one], [, other]) => other - one);
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
    )
    .join('\n');
}
