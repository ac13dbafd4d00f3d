import { describe, expect, it } from 'vitest';
import { aRequest, FakeWorker } from '../../../testing/fakes.ts';
import {
  addTotals,
  maxInFlightRows,
  maxLogLines,
  noTotals,
  toConnectionRow,
  toInFlightRows,
  toLogLines,
} from './page-snapshot.ts';
import { defaultSettings } from './settings.ts';

const { snapshot } = new FakeWorker({ bridge: () => undefined, settings: defaultSettings, workerId: 'page-1', slots: 1 });
const line = (at: number, text: string) => ({ sequence: at, at, level: 'info', text }) as const;

describe('addTotals', () => {
  it('adds the counters of several engines', () => {
    const one = { ...snapshot, served: 2, failed: 1, bytesReceived: 10, bytesSent: 100, reconnects: 1, inFlight: [aRequest()] };
    expect([one, one].reduce(addTotals, noTotals)).toEqual({
      served: 4,
      failed: 2,
      bytesReceived: 20,
      bytesSent: 200,
      reconnects: 2,
      inFlight: 2,
    });
  });
});

describe('the buttons of a connection', () => {
  const buttons = (change: Partial<typeof snapshot>, state: 'ready' | 'frozen' = 'ready') =>
    toConnectionRow({ ...snapshot, ...change }, state, 1).actions.map(({ action, isPossible }) =>
      isPossible ? action : `no ${action}`,
    );

  it.each([
    [{ connection: 'connected' }, ['pause', 'drain', 'cut', 'freeze']],
    [{ connection: 'connected', intake: 'paused' }, ['resume', 'drain', 'cut', 'freeze']],
    [{ connection: 'connected', intake: 'draining' }, ['no pause', 'no drain', 'cut', 'freeze']],
    [{ connection: 'connected', isReleased: true }, ['pause', 'start', 'cut', 'freeze']],
    [{ connection: 'waiting' }, ['pause', 'drain', 'no cut', 'no freeze']],
    [{ connection: 'stopped' }, ['no pause', 'start', 'no cut', 'no freeze']],
  ] as const)('fit its state: %j', (change, expected) => {
    expect(buttons(change)).toEqual(expected);
  });

  it('let a frozen one only wake up', () => {
    expect(buttons({ connection: 'connected' }, 'frozen')).toEqual(['no pause', 'no drain', 'no cut', 'thaw']);
  });
});

describe('toInFlightRows', () => {
  it('shows the oldest requests first, with the time since they began', () => {
    const first = { ...snapshot, inFlight: [aRequest({ attempt: 'young', startedAtMs: 900 })] };
    const second = { ...snapshot, inFlight: [aRequest({ attempt: 'old', startedAtMs: 100 })] };
    const rows = toInFlightRows(
      [
        [1, first],
        [2, second],
      ],
      1_000,
    );
    expect(rows.map(({ attempt, connection, elapsedMs }) => [attempt, connection, elapsedMs])).toEqual([
      ['old', 2, 900],
      ['young', 1, 100],
    ]);
  });

  it('is bounded', () => {
    const many = { ...snapshot, inFlight: Array.from({ length: 100 }, (_, index) => aRequest({ attempt: `${index}` })) };
    expect(toInFlightRows([[1, many]], 0)).toHaveLength(maxInFlightRows);
  });
});

describe('toLogLines', () => {
  it('merges the logs in order of time', () => {
    const first = { ...snapshot, log: [line(1, 'a'), line(3, 'c')] };
    const second = { ...snapshot, log: [line(2, 'b')] };
    expect(
      toLogLines([
        [1, first],
        [2, second],
      ]).map(({ text, connection }) => `${text}${connection}`),
    ).toEqual(['a1', 'b2', 'c1']);
  });

  it('keeps the newest lines only', () => {
    const long = { ...snapshot, log: Array.from({ length: 500 }, (_, index) => line(index, `${index}`)) };
    const lines = toLogLines([
      [1, long],
      [2, long],
    ]);
    expect(lines).toHaveLength(maxLogLines);
    expect(lines.at(-1)?.text).toBe('499');
  });
});
