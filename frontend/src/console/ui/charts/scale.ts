/** Round numbers from 0 to at least `max`, six of them at most, and at least `leastStep` apart. */
export function niceTicks(max: number, leastStep = 0): readonly number[] {
  if (!(max > 0)) return [0, 1];
  const rough = Math.max(max / 4, leastStep);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((candidate) => candidate >= rough) ?? rough;
  const count = Math.ceil(max / step - 1e-9);
  // Multiplying keeps the numbers free of the errors that adding piles up.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

const roundTimesMs = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * 60_000);

/** Round times of day within a span, `most` at most. */
export function timeTicks(fromMs: number, toMs: number, most: number): readonly number[] {
  const step = roundTimesMs.find((candidate) => (toMs - fromMs) / candidate <= most) ?? (toMs - fromMs) / most;
  // Local midnight is not a round number of universal time.
  const offsetMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const first = Math.ceil((fromMs - offsetMs) / step) * step + offsetMs;
  const ticks: number[] = [];
  for (let tick = first; tick <= toMs; tick += step) ticks.push(tick);
  return ticks;
}

/** Line through the points that are there; a gap where there is none, and a dot where one is alone. */
export function toPath(points: readonly (readonly [x: number, y: number] | undefined)[]): string {
  return runsOf(points)
    .map((run) => {
      const [first, ...others] = run.map(([x, y]) => `${round(x)} ${round(y)}`);
      // A line of no length is drawn as a dot by its round ends.
      return `M${[first, ...(others.length > 0 ? others : [first])].join('L')}`;
    })
    .join('');
}

/** Runs of points without a gap. */
export function runsOf<Point>(points: readonly (Point | undefined)[]): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  let run: Point[] | undefined;
  for (const point of points) {
    if (point === undefined) run = undefined;
    else if (run === undefined) {
      run = [point];
      runs.push(run);
    } else run.push(point);
  }
  return runs;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
