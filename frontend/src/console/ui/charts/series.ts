/** A line of a chart. */
export interface Series {
  readonly name: string;
  /** Any colour of CSS, usually a variable of the theme. */
  readonly color: string;
  /** One per time; `null` where nothing was measured. */
  readonly values: readonly (number | null)[];
}

export function formatValue(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}
