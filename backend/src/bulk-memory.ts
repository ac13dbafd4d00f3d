import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes in passing after which the young generation is collected. */
export const collectionBytes = 32 * 1024 * 1024;

/** Frees what nobody needs any more; called between two pieces of work. */
export type Collect = () => void;

/**
 * Bytes in passing lie outside V8's heap, in buffers of which it only holds small handles. It collects these when there are many of them, and by then
 * a hundred megabytes may wait to be freed. Counted by their bytes they go sooner, and small requests do not pay for it.
 */
export class BulkMemory {
  readonly #collect: Collect;
  #bytes = 0;

  constructor(collect: Collect) {
    this.#collect = collect;
  }

  passed(byteCount: number): void {
    this.#bytes += byteCount;
    if (this.#bytes < collectionBytes) return;
    this.#bytes = 0;
    this.#collect();
  }
}

/** Collects the young generation of this process, which takes a millisecond or so; does nothing where V8 offers no way. */
export function youngGenerationCollector(): Collect {
  setFlagsFromString('--expose-gc');
  // A new context has what the flag exposes; this one was made before.
  const collect: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? () => void collect({ type: 'minor' }) : () => {};
}

/** Percent of the room that V8 gives the old generation. */
const markingPercent = 60;

/**
 * Makes V8 look through the whole heap once so much of the old generation's room is used. By default it does so as soon as less is left than the young
 * generation may take, of which buffers in passing are counted as a part: under small requests at nearly every turn of that, for a tenth of their cost.
 */
export function postponeMarking(): void {
  setFlagsFromString(`--incremental-marking-soft-trigger=${markingPercent}`);
}
