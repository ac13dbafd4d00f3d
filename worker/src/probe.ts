import type { Clock, RequestHead, WorkerKind, WorkerStatus } from '@gemini-proxy/protocol';
import { backoffDelayMs, probeBackoff } from './backoff.ts';
import { errorMessageOf, judgeProbe, type ProbeVerdict, type Refusal, toRefusal } from './probe-verdict.ts';
import { toSentence } from './reasons.ts';
import type { Execute, UpstreamResponse, WorkerDeadlines } from './worker.ts';

/** A call that the hook holds back is given up and made anew after this long: its host page may have lost it. */
export const REISSUE_PROBE_MS = 300_000;
/** At most one probe in this time on suspicion alone: a client can cause as many suspicious answers as it likes. */
export const SUSPICION_PAUSE_MS = 10_000;
/** A request has waited so long, and no other answer has come: the probe tells a model that thinks from a sleeping hook. */
export const SILENCE_MS = 30_000;
/** Bytes of a probe's answer that are read. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface ProbeOptions {
  readonly execute: Execute;
  readonly kind: WorkerKind;
  readonly clock: Clock;
  readonly random: () => number;
  readonly deadlines: WorkerDeadlines;
  /** Whether a request that began before then has no answer yet. */
  isWaitedForSince(atMs: number): boolean;
  /** After each change of state or reason. */
  onStatus(status: WorkerStatus): void;
}

interface ProbeCall {
  readonly controller: AbortController;
  isJudged: boolean;
}

/** Proves by a real call that requests can be executed, and knows the worker's status. One call is in flight at most. */
export class Probe {
  readonly #options: ProbeOptions;
  #status: WorkerStatus = { state: 'probing', reason: toSentence('unprobed') };
  #refusal: Refusal | undefined;
  #isActive = false;
  #call: ProbeCall | undefined;
  #cancelTimer: (() => void) | undefined;
  #failures = 0;
  #isSuspected = false;
  #count = 0;
  #provedAtMs = 0;
  #settledAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  get status(): WorkerStatus {
    return this.#status;
  }

  /** Why the last probe was refused, if it was. */
  get refusal(): Refusal | undefined {
    return this.#status.state === 'refused' ? this.#refusal : undefined;
  }

  get timers(): number {
    return this.#cancelTimer === undefined ? 0 : 1;
  }

  /** Probes now, and from time to time, until `pause`. */
  resume(): void {
    this.#isActive = true;
    this.run();
  }

  /** A call in flight stays so: the hook may still be waiting for a click. */
  pause(): void {
    this.#isActive = false;
    if (this.#call === undefined) this.#clearTimer();
  }

  run(): void {
    if (this.#call !== undefined) return;
    const call: ProbeCall = { controller: new AbortController(), isJudged: false };
    this.#call = call;
    this.#setTimer(() => this.#onUnanswered(call), this.#options.deadlines.probeMs);
    void this.#perform(call);
  }

  /** An answer of the upstream proved the worker as well as a probe would. */
  noteProof(): void {
    this.#provedAtMs = this.#options.clock.now();
  }

  /** The worker may not be ready any more. What the probe finds is told even if nothing is new: the gateway waits for it. */
  suspect(): void {
    if (!this.#isActive) return;
    this.#isSuspected = true;
    const restMs = this.#settledAtMs + SUSPICION_PAUSE_MS - this.#options.clock.now();
    if (restMs <= 0) this.run();
    else if (this.#call === undefined && this.#failures === 0) this.#setTimer(() => this.run(), restMs);
  }

  dispose(): void {
    this.#isActive = false;
    this.#abandon();
  }

  async #perform(call: ProbeCall): Promise<void> {
    const { execute, kind } = this.#options;
    try {
      const response = await execute(this.#nextRequest(), undefined, call.controller.signal);
      const isError = response.status >= 400;
      const message = isError ? errorMessageOf(await readText(response)) : '';
      if (this.#call !== call) return;
      this.#refusal = toRefusal(message, kind);
      this.#onVerdict(judgeProbe(response.status, message, kind), response.status);
      call.isJudged = true;
      if (!isError) await readText(response);
    } catch (error) {
      if (this.#call === call && !call.isJudged) this.#onNoAnswer(toSentence('failed', { message: messageOf(error) }));
    } finally {
      if (this.#call === call) this.#settle();
    }
  }

  #nextRequest(): RequestHead {
    this.#count += 1;
    const path = '/v1beta/models?pageSize=1';
    return { attempt: `probe-${this.#count}`, method: 'GET', path, headers: [], operation: 'models.list' };
  }

  #onVerdict(verdict: ProbeVerdict, status: number): void {
    if (verdict !== 'again') {
      this.#failures = 0;
      this.#setStatus(verdict);
      return;
    }
    this.#failures += 1;
    // The upstream has a bad moment. A ready worker stays ready: its clients get the upstream's own errors.
    if (this.#status.state === 'ready') return;
    this.#setStatus({ state: 'probing', reason: toSentence('repeated', { status }) });
  }

  #onNoAnswer(reason: string): void {
    this.#failures += 1;
    this.#setStatus({ state: 'probing', reason });
  }

  #onUnanswered(call: ProbeCall): void {
    if (call.isJudged) {
      // The verdict is in; only the rest of the body never came.
      this.#abandon();
      this.#scheduleNext();
    } else if (this.#options.kind === 'keyed') {
      this.#abandon();
      this.#onNoAnswer(toSentence('unanswered'));
      this.#scheduleNext();
    } else {
      this.#setStatus({ state: 'needs-interaction', reason: toSentence('heldBack') });
      this.#setTimer(() => {
        this.#abandon();
        this.run();
      }, REISSUE_PROBE_MS);
    }
  }

  #settle(): void {
    this.#call = undefined;
    this.#settledAtMs = this.#options.clock.now();
    this.noteProof();
    if (this.#isSuspected) this.#report();
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    this.#clearTimer();
    if (!this.#isActive) return;
    const { random, deadlines } = this.#options;
    const delayMs =
      this.#failures > 0 ? backoffDelayMs(probeBackoff, this.#failures, random) : Math.min(deadlines.idleProbeMs, SILENCE_MS);
    this.#setTimer(() => this.#onIdle(), delayMs);
  }

  #onIdle(): void {
    const { clock, deadlines } = this.#options;
    const idleMs = clock.now() - this.#provedAtMs;
    const restMs = deadlines.idleProbeMs - idleMs;
    if (this.#failures > 0 || restMs <= 0 || this.#isSilent(idleMs)) this.run();
    else this.#setTimer(() => this.#onIdle(), Math.min(restMs, SILENCE_MS / 2));
  }

  #isSilent(idleMs: number): boolean {
    return idleMs >= SILENCE_MS && this.#options.isWaitedForSince(this.#options.clock.now() - SILENCE_MS);
  }

  #setStatus(status: WorkerStatus): void {
    if (status.state === this.#status.state && status.reason === this.#status.reason) return;
    this.#status = status;
    this.#report();
  }

  #report(): void {
    this.#isSuspected = false;
    this.#options.onStatus(this.#status);
  }

  #abandon(): void {
    const call = this.#call;
    this.#call = undefined;
    this.#clearTimer();
    call?.controller.abort();
  }

  #setTimer(callback: () => void, delayMs: number): void {
    this.#clearTimer();
    this.#cancelTimer = this.#options.clock.schedule(() => {
      this.#cancelTimer = undefined;
      callback();
    }, delayMs);
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function readText(response: UpstreamResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let byteCount = 0;
  for await (const chunk of response.body ?? []) {
    byteCount += chunk.byteLength;
    if (byteCount > MAX_ANSWER_BYTES) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}
