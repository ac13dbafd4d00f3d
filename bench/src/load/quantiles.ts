export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** Middle and tail of some durations; `NaN` where there are none. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  return { count: sorted.length, p50: at(sorted, 0.5), p99: at(sorted, 0.99) };
}

/** The middle value, or the mean of the two in the middle; `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

function at(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
