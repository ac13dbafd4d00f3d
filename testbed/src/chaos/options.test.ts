import { describe, expect, it } from 'vitest';
import { parseChaosArguments } from './options.ts';

const parse = (...args: string[]) => parseChaosArguments(args, () => 77);

describe('parseChaosArguments', () => {
  it('has defaults, a random seed among them', () => {
    expect(parse()).toEqual({ seed: 77, minutes: 2, workers: 3, hasBrowser: false, requestsPerSecond: 15 });
  });

  it('reads what is given', () => {
    expect(parse('--seed', '5', '--minutes', '0.5', '--workers', '4', '--rate', '2.5', '--browser')).toEqual({
      seed: 5,
      minutes: 0.5,
      workers: 4,
      hasBrowser: true,
      requestsPerSecond: 2.5,
    });
  });

  it.each([
    [['--seed', 'x'], '--seed: expected a whole number from 0 to 4294967295, not x'],
    [['--workers', '1.5'], '--workers: expected a whole number from 1 to 32'],
    [['--minutes', ''], '--minutes: expected a number'],
    [['--speed', '1'], "Unknown option '--speed'"],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
