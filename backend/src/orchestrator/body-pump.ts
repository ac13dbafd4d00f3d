import { toGatewayError } from '../errors.ts';
import type { ClientEvents } from './client-exchange.ts';

/** Sends a body that is at hand as a client would send it, no faster than it is taken. */
export class BodyPump {
  #pause: PromiseWithResolvers<void> | undefined;
  #isStopped = false;

  /** Runs until the body's end, its failure, or `stop`. */
  async run(
    pieces: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
    events: ClientEvents,
  ): Promise<void> {
    try {
      for await (const piece of pieces) {
        await this.#pause?.promise;
        if (this.#isStopped) return;
        events.onBody(piece);
      }
      if (!this.#isStopped) events.onBodyEnd();
    } catch (error) {
      if (!this.#isStopped) events.onBroken(toGatewayError(error));
    }
  }

  pause(): void {
    this.#pause ??= Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  stop(): void {
    this.#isStopped = true;
    this.resume();
  }
}
