/** Bins of a decade: a percentile is off by at most 6 %. */
const binsPerDecade = 20;
/** 1 ms to 1 000 s; what is longer counts into the last one. */
const binCount = 6 * binsPerDecade;

/** How durations are spread, in bins of equal ratio; its memory does not grow with what is recorded. */
export class Histogram {
  #bins: Uint32Array | undefined;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(milliseconds: number): void {
    this.#bins ??= new Uint32Array(binCount);
    const bin = milliseconds <= 1 ? 0 : Math.min(binCount - 1, Math.floor(Math.log10(milliseconds) * binsPerDecade));
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#count += 1;
  }

  add(other: Histogram): void {
    if (other.#bins === undefined) return;
    this.#bins ??= new Uint32Array(binCount);
    for (let bin = 0; bin < binCount; bin += 1) this.#bins[bin] = (this.#bins[bin] ?? 0) + (other.#bins[bin] ?? 0);
    this.#count += other.#count;
  }

  /** Below which this part (0 to 1) of all lies; `undefined` before the first. */
  quantile(part: number): number | undefined {
    if (this.#bins === undefined || this.#count === 0) return undefined;
    const wanted = part * this.#count;
    let below = 0;
    for (let bin = 0; bin < binCount; bin += 1) {
      const here = this.#bins[bin] ?? 0;
      if (here > 0 && below + here >= wanted) return 10 ** ((bin + (wanted - below) / here) / binsPerDecade);
      below += here;
    }
    return undefined;
  }

  clear(): void {
    this.#bins?.fill(0);
    this.#count = 0;
  }
}
