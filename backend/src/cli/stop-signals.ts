/** The part of `process` that delivers signals. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

type StopSignal = 'SIGINT' | 'SIGTERM';

export interface StopSignals extends Disposable {
  /** Resolves at the first signal. */
  readonly requested: Promise<StopSignal>;
}

export interface StopOptions {
  readonly signals: SignalSource;
  readonly now: () => number;
  /** Called when a person insists. */
  readonly onInsist: () => void;
}

/** Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. Signals this close together are one. */
const sameKeystrokeMs = 500;

/** Turns the first signal into a request to stop, and a later one into insisting on it. */
export function listenForStop({ signals, now, onInsist }: StopOptions): StopSignals {
  const { promise, resolve } = Promise.withResolvers<StopSignal>();
  let firstAt: number | undefined;
  const onSignal = (signal: StopSignal) => {
    if (firstAt === undefined) {
      firstAt = now();
      resolve(signal);
    } else if (now() - firstAt >= sameKeystrokeMs) {
      onInsist();
    }
  };
  for (const signal of stopSignals) signals.on(signal, onSignal);
  return {
    requested: promise,
    [Symbol.dispose]() {
      for (const signal of stopSignals) signals.off(signal, onSignal);
    },
  };
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const;
