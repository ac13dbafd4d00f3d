import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosStack } from './chaos-stack.ts';
import type { Findings } from './findings.ts';
import { HttpClient } from './http-client.ts';
import { judge } from './judge.ts';
import { converse } from './live-client.ts';
import type { Ending } from './observation.ts';
import type { Plan, PlannedRequest, PlannedTrouble } from './plan.ts';
import type { Tally } from './tally.ts';
import { makeTrouble, nameOf } from './troubles.ts';
import { UploadClient } from './upload-client.ts';

/** Longest time of a request, whatever goes wrong: slow readers and uploads with setbacks take the most of it. */
const requestDeadlineMs = 120_000;
/** Requests at once; more of them wait, so that a machine that is too slow still gets through. */
const mostRunning = 300;
/** Tries of one request, by the rules of failover. */
const mostExecutions = 3;

/** Carries plans out, and judges each request when it is over. */
export class PlanRunner implements Disposable {
  readonly #stack: ChaosStack;
  readonly #tally: Tally;
  readonly #findings: Findings;
  readonly #http: HttpClient;
  readonly #uploads: UploadClient;
  readonly #running = new Set<Promise<void>>();
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
      under.push(
        makeTrouble(this.#stack, trouble).catch((error: unknown) =>
          this.#findings.add(`the trouble ${JSON.stringify(trouble)} could not be made: ${error}`),
        ),
      );
    }
    await Promise.all(under);
  }

  async #follow(planned: PlannedRequest): Promise<void> {
    const startedAtMs = performance.now();
    const end = await this.#perform(planned, AbortSignal.timeout(requestDeadlineMs));
    const seen = { id: planned.id, startedAtMs, endedAtMs: performance.now(), end };
    const hasLostGateway = this.#stack.gateway.wasLostBetween(seen.startedAtMs, seen.endedAtMs);
    const verdict = judge({ planned, seen, sent: this.#stack.sentTo(planned.id), hasLostGateway });
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
    if (count > mostExecutions) this.#findings.add(`request ${id} reached the upstream ${count} times`);
  }
}
