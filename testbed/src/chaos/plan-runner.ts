import { setTimeout as delay } from 'node:timers/promises';
import { defaultConfig } from '@gemini-proxy/backend';
import type { ChaosStack } from './chaos-stack.ts';
import type { Findings } from './findings.ts';
import { HttpClient } from './http-client.ts';
import { judge } from './judge.ts';
import { converse } from './live-client.ts';
import type { Ending } from './observation.ts';
import type { Plan, PlannedRequest, PlannedTrouble, Trouble } from './plan.ts';
import type { Tally } from './tally.ts';
import { makeTrouble, nameOf } from './troubles.ts';
import { UploadClient } from './upload-client.ts';

/** Longest time of a request, whatever goes wrong: slow readers take the most of it. */
const requestDeadlineMs = 120_000;
/** Several requests, some of which make the gateway try for up to two minutes. */
const uploadDeadlineMs = 420_000;
/** Requests at once; more of them wait, so that a machine that is too slow still gets through. */
const mostRunning = 300;
/** After the end of a trouble a worker may still be found lost. */
const aftermathMs = 10_000;

/** Carries plans out, and judges each request when it is over. */
export class PlanRunner implements Disposable {
  readonly #stack: ChaosStack;
  readonly #tally: Tally;
  readonly #findings: Findings;
  readonly #http: HttpClient;
  readonly #uploads: UploadClient;
  readonly #running = new Set<Promise<void>>();
  /** When workers may have been lost without a word; times of `performance.now()`. */
  readonly #losses: { readonly fromMs: number; toMs: number }[] = [];
  /** From when to when a request that must not be made twice ran. */
  readonly #unrepeatable = new Map<number, { readonly fromMs: number; readonly toMs: number }>();
  /** Requests that reached the upstream more than once, by how often. */
  readonly executions = new Map<number, number>();

  constructor(stack: ChaosStack, tally: Tally, findings: Findings) {
    this.#stack = stack;
    this.#tally = tally;
    this.#findings = findings;
    this.#http = new HttpClient(stack.service);
    this.#uploads = new UploadClient(stack.service);
  }

  get running(): number {
    return this.#running.size;
  }

  /** Resolves when every request is over and no trouble is left. */
  async run(plan: Plan): Promise<void> {
    const startedAtMs = performance.now();
    const until = (atMs: number) => delay(Math.max(0, startedAtMs + atMs - performance.now()));
    this.#stack.expect(plan.requests);
    await Promise.all([this.#makeTroubles(plan.troubles, until), this.#sendRequests(plan.requests, until)]);
    for (const { id } of plan.requests) this.#judgeExecutions(id);
  }

  /** Takes back what clients have begun and given up. */
  async clearUp(): Promise<void> {
    await this.#uploads.cancelAbandoned();
    this.#http.forgetConnections();
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }

  async #sendRequests(requests: readonly PlannedRequest[], until: (atMs: number) => Promise<void>): Promise<void> {
    for (const planned of requests) {
      await until(planned.atMs);
      while (this.#running.size >= mostRunning) await Promise.race(this.#running);
      const done = this.#follow(planned).finally(() => this.#running.delete(done));
      this.#running.add(done);
    }
    await Promise.all(this.#running);
  }

  async #makeTroubles(troubles: readonly PlannedTrouble[], until: (atMs: number) => Promise<void>): Promise<void> {
    const under: Promise<void>[] = [];
    for (const { atMs, trouble } of troubles) {
      await until(atMs);
      this.#tally.countTrouble(nameOf(trouble));
      under.push(this.#makeTrouble(trouble));
    }
    await Promise.all(under);
  }

  async #makeTrouble(trouble: Trouble): Promise<void> {
    const loss = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    if (trouble.kind !== 'outage' && trouble.kind !== 'page') this.#losses.push(loss);
    try {
      await makeTrouble(this.#stack, trouble);
    } catch (error) {
      this.#findings.add(`the trouble ${JSON.stringify(trouble)} could not be made: ${error}`);
    }
    loss.toMs = performance.now() + aftermathMs;
  }

  async #follow(planned: PlannedRequest): Promise<void> {
    const startedAtMs = performance.now();
    const deadlineMs = planned.asked.kind === 'upload' ? uploadDeadlineMs : requestDeadlineMs;
    const end = await this.#perform(planned, AbortSignal.timeout(deadlineMs));
    const seen = { id: planned.id, startedAtMs, endedAtMs: performance.now(), end };
    if (planned.asked.kind === 'echo') this.#unrepeatable.set(planned.id, { fromMs: seen.startedAtMs, toMs: seen.endedAtMs });
    const hasLostGateway = this.#stack.gateway.wasLostBetween(seen.startedAtMs, seen.endedAtMs);
    const verdict = judge({
      planned,
      seen,
      sent: this.#stack.sentTo(planned.id),
      hasLostGateway,
      hasAiStudio: this.#stack.browser !== undefined,
    });
    this.#tally.countRequest(planned.asked.kind, verdict);
    if (verdict.violation !== undefined) this.#findings.add(verdict.violation);
  }

  #perform(planned: PlannedRequest, deadline: AbortSignal): Promise<Ending> {
    const { id, asked } = planned;
    if (asked.kind === 'live') return converse(this.#stack.service, id, asked.turns, deadline);
    if (asked.kind === 'upload') return this.#uploads.perform(id, asked.bytes, deadline);
    return this.#http.perform(planned, asked, deadline);
  }

  #judgeExecutions(id: number): void {
    const count = this.#stack.executionsOf(id);
    if (count > 1) this.executions.set(count, (this.executions.get(count) ?? 0) + 1);
    const { maxAttempts } = defaultConfig;
    if (count > maxAttempts) this.#findings.add(`request ${id} reached the upstream ${count} times, of ${maxAttempts} at most`);
    // What leaves something behind is made again only when its worker was lost before it could say how far it had come.
    const span = this.#unrepeatable.get(id);
    if (count <= 1 || span === undefined) return;
    const mayBeLost = this.#losses.some(({ fromMs, toMs }) => fromMs <= span.toMs && toMs >= span.fromMs);
    if (!mayBeLost) this.#findings.add(`request ${id} must not be made twice, and reached the upstream ${count} times`);
  }
}
