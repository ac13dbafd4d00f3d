/** What everything that still runs fails with once the user has asked for the end. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface StopListener extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Rejects then, with `Stopped`. */
  readonly requested: Promise<never>;
}

/** Lets the first signal end things in order; from then on signals end the process, as they do by default. */
export function listenForStop(): StopListener {
  const stopping = new AbortController();
  const { promise: requested, reject } = Promise.withResolvers<never>();
  // It may be asked for while nobody waits.
  requested.catch(() => undefined);
  const remove = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  const onSignal = (): void => {
    remove();
    const stopped = new Stopped('The demo was stopped.');
    stopping.abort(stopped);
    reject(stopped);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal: stopping.signal, requested, [Symbol.dispose]: remove };
}
