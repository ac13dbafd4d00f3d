import { isDeepStrictEqual } from 'node:util';
import { createSeededRandom } from '../seeded-random.ts';
import { waitUntil } from '../wait-until.ts';
import { type ChaosStack, startChaosStack } from './chaos-stack.ts';
import { createFindings, type Findings } from './findings.ts';
import { makePlan } from './make-plan.ts';
import { judgeMemory, type MemoryRow } from './memory-verdict.ts';
import { openFilesOf, type Sample, takeSample } from './memory-watch.ts';
import { attendPage } from './page-user.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { PlanRunner } from './plan-runner.ts';
import { createTally, type Tally } from './tally.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Node workers. Default 3. */
  readonly workers?: number;
  /** Whether a Chromium worker takes part. Default false. */
  readonly hasBrowser?: boolean;
  /** Default 15. */
  readonly requestsPerSecond?: number;
  /** Shows how far it is, about once a second. */
  readonly onProgress?: (progress: ChaosProgress) => void;
  /** Shows what must not have happened, as soon as it is known. */
  readonly onFinding?: (text: string) => void;
}

export interface ChaosProgress {
  readonly part: string;
  readonly elapsedMs: number;
  readonly running: number;
  readonly tally: Tally;
  readonly findings: number;
}

export interface ChaosReport {
  readonly seed: number;
  readonly tally: Tally;
  /** What must not have happened; empty after a good run. */
  readonly findings: readonly string[];
  /** Requests that reached the upstream more than once, by how often. */
  readonly executions: ReadonlyMap<number, number>;
  readonly memory: readonly MemoryRow[];
  readonly durationMs: number;
}

/** The part of a run in which gateways come and go, and memory grows to its usual size. */
const warmUpShare = 0.25;
const sampleIntervalMs = 5_000;
const progressIntervalMs = 1_000;
/** Time for all to come to rest, once nothing goes wrong any more: forgotten uploads are swept once a minute. */
const settleTimeoutMs = 120_000;
/** Connections that clients have left open for a next request. */
const spareOpenFiles = 16;
const idleConnectionMs = 60_000;
/** At least this share of the requests whose clients stayed must get a right answer; else the run shows little. */
const leastRightShare = 0.25;

/** Runs requests and troubles drawn from the seed, and says what came of them. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedAtMs = performance.now();
  const findings = createFindings(options.onFinding ?? (() => {}));
  using _rejections = watchRejections(findings);
  const tally = createTally();
  const { seed, workers = 3, hasBrowser = false, requestsPerSecond = 15 } = options;
  const random = createSeededRandom(seed);
  await using stack = await startChaosStack({ workers, hasBrowser, seed, findings });
  await using _user = attendPage(stack);
  using runner = new PlanRunner(stack, tally, findings);
  const rest = await stack.state();

  let nextId = 1;
  const draw = (durationMs: number, troubles: PlanOptions['troubles']): Plan => {
    const plan = makePlan(random.fork(), { firstId: nextId, durationMs, requestsPerSecond, workers, hasBrowser, troubles });
    nextId += plan.requests.length;
    return plan;
  };
  const run = async (part: string, plan: Plan): Promise<void> => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedAtMs;
      options.onProgress?.({ part, elapsedMs, running: runner.running, tally, findings: findings.texts.length });
    }, progressIntervalMs);
    try {
      await runner.run(plan);
    } finally {
      clearInterval(timer);
    }
  };

  const totalMs = options.minutes * 60_000;
  await run('warming up, gateways come and go', draw(totalMs * warmUpShare, 'gateway'));
  await settle(stack, runner, rest, findings);
  const before = await takeSample(stack);
  const openFilesBefore = openFilesOf(stack.gateway.pid);

  const samples: Sample[] = [];
  const sampling = sampleRegularly(stack, samples, findings);
  await run('chaos', draw(totalMs * (1 - warmUpShare), 'all-but-gateway'));
  await sampling.stop();
  await settle(stack, runner, rest, findings);
  const after = await takeSample(stack);
  await expectOpenFiles(stack, openFilesBefore + spareOpenFiles, findings);

  const failedBefore = tally.total('right');
  const farewell = draw(2_000, 'none');
  await run('farewell', withoutFaults(farewell));
  const right = tally.total('right') - failedBefore;
  if (right < farewell.requests.length) {
    findings.add(
      `with all troubles over, ${farewell.requests.length - right} of ${farewell.requests.length} requests failed: ${tally.details.join('; ')}`,
    );
  }
  judgeShare(tally, findings);
  const memory = judgeMemory({ before, samples, after }, findings);
  return {
    seed,
    tally,
    findings: findings.texts,
    executions: runner.executions,
    memory,
    durationMs: performance.now() - startedAtMs,
  };
}

/** Waits until every part is as it was at the very beginning. */
async function settle(stack: ChaosStack, runner: PlanRunner, rest: unknown, findings: Findings): Promise<void> {
  const wait = { timeoutMs: settleTimeoutMs, intervalMs: 250 };
  try {
    await waitUntil(stack.allReady, { ...wait, what: 'all workers to be ready again' });
    await runner.clearUp();
    await waitUntil(async () => isDeepStrictEqual(await stack.state(), rest), { ...wait, what: 'all parts to be at rest' });
  } catch (error) {
    findings.add(`${error}; ${JSON.stringify({ ...(await describeRest(stack)), atRest: rest })}`);
  }
}

/** Idle connections of clients end by themselves in some seconds. */
async function expectOpenFiles(stack: ChaosStack, most: number, findings: Findings): Promise<void> {
  const count = () => openFilesOf(stack.gateway.pid);
  await waitUntil(() => count() <= most, { what: 'files to be closed', timeoutMs: idleConnectionMs, intervalMs: 250 }).catch(() =>
    findings.add(`the gateway has ${count()} open files at rest, of ${most} at most`),
  );
}

/** All that may tell why there is no rest. */
async function describeRest(stack: ChaosStack) {
  const open = stack.emulator.received.requests.filter(({ closedAtMs }) => closedAtMs === undefined);
  return {
    leftOver: await stack.state().catch(String),
    openAtEmulator: open.map(({ method, path, status, body, receivedAtMs }) => {
      return { method, path, status, body, ageMs: Math.round(performance.now() - receivedAtMs) };
    }),
    workers: await stack.gateway.workers().catch(String),
  };
}

function sampleRegularly(stack: ChaosStack, samples: Sample[], findings: Findings) {
  let sampling = Promise.resolve();
  const sample = () => {
    sampling = takeSample(stack).then(
      (taken) => void samples.push(taken),
      (error: unknown) => findings.add(`memory could not be looked at: ${error}`),
    );
  };
  const timer = setInterval(sample, sampleIntervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      return sampling;
    },
  };
}

/** The same requests, from clients that stay, answered by a service in good health. */
function withoutFaults(plan: Plan): Plan {
  const requests = plan.requests.map((request) => {
    const { asked } = request;
    const healthy = 'behaviour' in asked ? { ...asked, behaviour: { ...asked.behaviour, fault: undefined } } : asked;
    return { ...request, asked: healthy, reader: { kind: 'quick' } as const };
  });
  return { ...plan, requests };
}

function judgeShare(tally: Tally, findings: Findings): void {
  const stayed = tally.judged - tally.total('left');
  const right = tally.total('right');
  if (right < stayed * leastRightShare) findings.add(`only ${right} of ${stayed} requests were answered rightly`);
}

function watchRejections(findings: Findings): Disposable {
  const onRejection = (reason: unknown) =>
    findings.add(`an unhandled rejection: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`);
  process.on('unhandledRejection', onRejection);
  return { [Symbol.dispose]: () => void process.off('unhandledRejection', onRejection) };
}
