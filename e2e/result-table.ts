/** What came of each operation of each client, printed as a table. */
export class ResultTable {
  readonly #columns: readonly string[];
  readonly #rows = new Map<string, Map<string, string>>();

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Adds a row of which nothing is known yet. */
  addRow(row: string): void {
    this.#rows.set(row, new Map());
  }

  record(row: string, column: string, result: string): void {
    this.#rows.get(row)?.set(column, result);
  }

  /** Columns in which nothing is recorded show a dash: the client has no such operation. */
  format(): string {
    const header = ['client', ...this.#columns];
    const rows = [...this.#rows].map(([name, results]) => [name, ...this.#columns.map((column) => results.get(column) ?? '–')]);
    const widths = header.map((_, index) => Math.max(...[header, ...rows].map((cells) => cells[index]?.length ?? 0)));
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd();
    return [header, ...rows].map(line).join('\n');
  }
}
