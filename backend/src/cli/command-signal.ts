import { exitCodes } from './exit-code.ts';
import { listenForStop } from './stop-signals.ts';
import type { Surroundings } from './surroundings.ts';

export interface CommandSignal extends Disposable {
  /** Aborts when the user has seen enough. */
  readonly signal: AbortSignal;
}

/** For commands that go on until Ctrl-C, which is their good end. */
export function untilInterrupted({ signals, exit }: Pick<Surroundings, 'signals' | 'exit'>): CommandSignal {
  const controller = new AbortController();
  const stop = listenForStop({ signals, now: () => performance.now(), onInsist: () => exit(exitCodes.failure) });
  const abort = () => controller.abort();
  stop.requested.then(abort, abort);
  return { signal: controller.signal, [Symbol.dispose]: () => stop[Symbol.dispose]() };
}
