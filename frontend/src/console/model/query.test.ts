import { describe, expect, it, vi } from 'vitest';
import { Query } from './query.ts';

describe('Query', () => {
  it('goes from loading to the value', async () => {
    const query = new Query(async () => 1);
    const loading = query.load();
    expect(query.value).toEqual({ value: undefined, error: undefined, isLoading: true });
    await loading;
    expect(query.value).toEqual({ value: 1, error: undefined, isLoading: false });
  });

  it('keeps the old value beside the error of a new attempt', async () => {
    const answers = [Promise.resolve(1), Promise.reject(new Error('gone'))];
    const query = new Query(() => answers.shift() ?? Promise.reject(new Error('no answer')));
    await query.load();
    await query.load();
    expect(query.value).toMatchObject({ value: 1, error: { message: 'gone' }, isLoading: false });
  });

  it('takes the answer of the last call, though an older one comes later, and aborts the older one', async () => {
    const calls: { readonly signal: AbortSignal; readonly answer: (value: number) => void }[] = [];
    const query = new Query<number>((signal) => new Promise((answer) => calls.push({ signal, answer })));
    const first = query.load();
    const second = query.load();
    calls[1]?.answer(2);
    calls[0]?.answer(1);
    await Promise.all([first, second]);
    expect(query.value.value).toBe(2);
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  it('prefers a value put by hand to an answer under way', async () => {
    const gate = Promise.withResolvers<number>();
    const query = new Query(() => gate.promise);
    const loading = query.load();
    query.put(5);
    gate.resolve(1);
    await loading;
    expect(query.value.value).toBe(5);
  });

  it('tells listeners of each change until they leave', async () => {
    const query = new Query(async () => 1);
    const listener = vi.fn();
    const leave = query.subscribe(listener);
    await query.load();
    expect(listener).toHaveBeenCalledTimes(2);
    leave();
    await query.load();
    expect(listener).toHaveBeenCalledTimes(2);
    expect(query.hasListeners).toBe(false);
  });
});
