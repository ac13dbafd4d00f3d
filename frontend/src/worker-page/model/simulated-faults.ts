import type { Clock, Connect } from '@gemini-proxy/protocol';

/** What an engine gets from its surroundings, and what passes through the faults. */
export interface Surroundings {
  readonly connect: Connect;
  readonly clock: Clock;
  readonly scheduleFlush: (flush: () => void) => void;
}

/**
 * Closes a socket without a word of goodbye. A page can neither break its socket nor leave out the close frame; this code means nothing to the
 * gateway, which takes it for a lost connection.
 */
export const cutCloseCode = 4900;
/** What the engine is told of it: no close frame came. */
const abnormalClosure = 1006;

/** Between an engine and the browser; plays two accidents: a socket that is cut, and a page that stands still. */
export class SimulatedFaults {
  readonly surroundings: Surroundings;
  /** What happened while the page stood still, in order: as in a page that the browser froze, it all waits. */
  readonly #held: (() => void)[] = [];
  #isFrozen = false;
  #cutSocket: (() => void) | undefined;

  constructor({ connect, clock, scheduleFlush }: Surroundings) {
    this.surroundings = {
      connect: this.#watched(connect),
      clock: { now: () => clock.now(), schedule: (callback, delayMs) => this.#schedule(clock, callback, delayMs) },
      scheduleFlush: (flush) => scheduleFlush(() => this.#pass(flush)),
    };
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Loses the socket, if there is one. */
  cut(): void {
    this.#cutSocket?.();
  }

  /** From now on nothing is read, answered, sent or timed. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Everything that waited happens now. */
  thaw(): void {
    this.#isFrozen = false;
    while (!this.#isFrozen) {
      const next = this.#held.shift();
      if (next === undefined) return;
      next();
    }
  }

  #pass(callback: () => void): void {
    if (this.#isFrozen || this.#held.length > 0) this.#held.push(callback);
    else callback();
  }

  #watched(connect: Connect): Connect {
    return (events) => {
      let isOver = false;
      const pass = (event: () => void): void => this.#pass(() => isOver || event());
      const onClose = (code: number, reason: string): void => {
        if (isOver) return;
        isOver = true;
        if (this.#cutSocket === cutSocket) this.#cutSocket = undefined;
        events.onClose(code, reason);
      };
      const cutSocket = (): void => {
        transport.close(cutCloseCode, 'cut by hand');
        pass(() => onClose(abnormalClosure, 'cut by hand'));
      };
      const transport = connect({
        onOpen: () => pass(() => events.onOpen()),
        onMessage: (message) => pass(() => events.onMessage(message)),
        onClose: (code, reason) => pass(() => onClose(code, reason)),
      });
      this.#cutSocket = cutSocket;
      return transport;
    };
  }

  #schedule(clock: Clock, callback: () => void, delayMs: number): () => void {
    let isCancelled = false;
    const cancel = clock.schedule(() => this.#pass(() => isCancelled || callback()), delayMs);
    return () => {
      isCancelled = true;
      cancel();
    };
  }
}
