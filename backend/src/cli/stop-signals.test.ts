import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { listenForStop } from './stop-signals.ts';

function create() {
  const signals = new EventEmitter();
  const state = { now: 0, insisted: 0 };
  const stop = listenForStop({ signals, now: () => state.now, onInsist: () => (state.insisted += 1) });
  return { signals, state, stop };
}

it('asks to stop at the first signal and insists at a later one', async () => {
  const { signals, state, stop } = create();
  signals.emit('SIGINT', 'SIGINT');
  expect(await stop.requested).toBe('SIGINT');
  expect(state.insisted).toBe(0);
  state.now = 2000;
  signals.emit('SIGTERM', 'SIGTERM');
  expect(state.insisted).toBe(1);
});

it('takes the two signals of one keystroke under npm for one', () => {
  const { signals, state } = create();
  signals.emit('SIGINT', 'SIGINT');
  state.now = 20;
  signals.emit('SIGINT', 'SIGINT');
  expect(state.insisted).toBe(0);
});

it('stops listening when disposed', () => {
  const { signals, stop } = create();
  stop[Symbol.dispose]();
  expect(signals.eventNames()).toEqual([]);
});
