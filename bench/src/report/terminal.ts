import type { Table } from './tables.ts';
import type { Verdict } from './verdicts.ts';

/** The table in columns, first one to the left, the others to the right. */
export function formatTerminalTable(table: Table): string {
  const widths = table.columns.map((column, index) =>
    Math.max(column.length, ...table.rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ');
  return [table.title, line(table.columns), ...table.rows.map(line)].join('\n');
}

export function formatTerminalVerdict(verdict: Verdict): string {
  return `${verdict.isMet ? 'met    ' : 'MISSED '} ${verdict.text}`;
}
