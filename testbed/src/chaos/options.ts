import { parseArgs } from 'node:util';

export interface ChaosArguments {
  readonly seed: number;
  readonly minutes: number;
  readonly workers: number;
  readonly hasBrowser: boolean;
  readonly requestsPerSecond: number;
}

export const usage = `npm run chaos -- [--seed N] [--minutes M] [--workers K] [--rate R] [--browser]

  --seed N      what is drawn follows from it; default: a random one, which is shown
  --minutes M   how long; default 2
  --workers K   Node workers; default 3
  --rate R      requests a second; default 15
  --browser     a worker page in Chromium takes part

Exit code 0: nothing happened that must not. 1: something did. 2: the arguments are wrong. 130: stopped by a signal.
`;

/** Reads the command line. Throws with a text for people. */
export function parseChaosArguments(args: readonly string[], randomSeed: () => number): ChaosArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '2' },
      workers: { type: 'string', default: '3' },
      rate: { type: 'string', default: '15' },
      browser: { type: 'boolean', default: false },
    },
  });
  return {
    seed:
      values.seed === undefined ? randomSeed() : numberIn(values.seed, '--seed', { least: 0, most: 2 ** 32 - 1, isWhole: true }),
    minutes: numberIn(values.minutes, '--minutes', { least: 0.25, most: 24 * 60, isWhole: false }),
    workers: numberIn(values.workers, '--workers', { least: 1, most: 32, isWhole: true }),
    requestsPerSecond: numberIn(values.rate, '--rate', { least: 0.1, most: 1_000, isWhole: false }),
    hasBrowser: values.browser,
  };
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

function numberIn(text: string, name: string, { least, most, isWhole }: Range): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value))) {
    throw new RangeError(`${name}: expected ${isWhole ? 'a whole number' : 'a number'} from ${least} to ${most}, not ${text}`);
  }
  return value;
}
