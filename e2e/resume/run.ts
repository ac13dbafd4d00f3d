import type { IncomingMessage } from 'node:http';
import { type FaultProxy, type Stack, type StackOptions, startStack } from '@gemini-proxy/testbed';
import { type Digest, openAnswer, readAll, sentBy } from '../pressure/answer.ts';
import { cutAtRandom } from './cuts.ts';

const mebibyte = 1024 * 1024;
/** Small, so that it is used up within a cut. */
const windowBytes = 64 * 1024;
/** What a suspended stream may take beside its window. */
const allowanceBytes = 64 * 1024;
const chunkIntervalMs = 250;

/** How many streams at once, of how many seconds; the full size is 500 streams of 30 s. */
export const streamCount = Number(process.env.RESUME_STREAMS ?? 60);
const streamSeconds = Number(process.env.RESUME_SECONDS ?? 5);
/** The longest that a test of this size may take. */
export const runTimeoutMs = 120_000 + streamSeconds * 10_000;

export interface Run {
  readonly streams: number;
  readonly cuts: number;
  /** Times that a worker came back to its requests. */
  readonly resumed: number;
  /** Streams that arrived whole: length and SHA-256 are those of what the emulator sent, once. */
  readonly intact: number;
  /** Most bytes that a gateway's session held, as a part of what its streams may hold. */
  readonly gatewayShare: number;
  /** The same for Node workers. */
  readonly workerShare: number;
}

/** A stack whose workers reach the gateway through proxies that can be cut. */
export function startCuttableStack(options: StackOptions): Promise<Stack> {
  return startStack({
    ...options,
    faultProxy: true,
    gateway: { windowBytes, maxSlotsPerWorker: 1024, ...options.gateway },
    emulator: {
      behaviour: ({ path }) => ({
        chunkCount: (streamSeconds * 1000) / chunkIntervalMs,
        chunkBytes: path.includes('wide') ? 8_000 : 200,
        chunkIntervalMs,
      }),
    },
  });
}

/** Reads many streams at once while the workers' connections are cut. */
export async function runThroughCuts(stack: Stack, count: number): Promise<Run> {
  const paths = Array.from(
    { length: count },
    (_, index) => `/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&${index % 2 === 0 ? 'wide' : 'thin'}=${index}`,
  );
  const before = stack.gateway.counters().workersResumed;
  // A request without its first byte would be moved to another worker; this is about those that have begun.
  const answers = await Promise.all(paths.map((path) => openAnswer(stack, 'POST', path)));
  const end = new AbortController();
  const most = { gatewayShare: 0, workerShare: 0 };
  const cutting = cutAtRandom(stack.faultProxies, {
    seed: count,
    longestCutMs: Math.min(10_000, streamSeconds * 400),
    signal: end.signal,
    isBack: (proxy) => workersOf(stack, proxy).every(({ state }) => state === 'ready'),
    onCut: () => {
      most.gatewayShare = Math.max(most.gatewayShare, ...gatewayShares(stack));
      most.workerShare = Math.max(most.workerShare, ...workerShares(stack));
    },
  });
  const digests = await Promise.all(answers.map(readOrFail));
  end.abort();
  const cuts = await cutting;
  const intact = paths.filter((path, index) => isSame(digests[index], sentBy(stack.emulator, path))).length;
  return { streams: count, cuts, resumed: stack.gateway.counters().workersResumed - before, intact, ...most };
}

/** What the hook may hold of each answer, which is in the page's memory, too, and no matter of the worker's. */
export const hookLagBytes = 64 * 1024;

/** What a page may take more than at rest while so many of its streams are suspended. */
export function pageAllowanceBytes(count: number): number {
  return count * (windowBytes + allowanceBytes + hookLagBytes) + 20 * mebibyte;
}

/** Each Node worker has a proxy of its own; a page's connections share one. */
function workersOf({ gateway, faultProxies, browser }: Stack, proxy: FaultProxy): readonly { readonly state: string }[] {
  if (browser !== undefined) return gateway.workers();
  const id = `node-${faultProxies.indexOf(proxy) + 1}`;
  return [gateway.workers().find((worker) => worker.id === id) ?? { state: 'gone' }];
}

function readOrFail(answer: IncomingMessage): Promise<Digest | undefined> {
  return readAll(answer).catch(() => undefined);
}

function isSame(read: Digest | undefined, sent: Digest | undefined): boolean {
  return read !== undefined && read.sha256 === sent?.sha256 && read.bytes === sent.bytes;
}

function gatewayShares({ gateway }: Stack): number[] {
  return Object.values(gateway.debugState().workerLink.sessions).map(shareOf);
}

function workerShares({ workers }: Stack): number[] {
  return workers.map(({ worker }) => shareOf(worker.debugState()));
}

/** Whether it is within its bounds: 1 is all that it may have. */
function shareOf({ streams, queuedBytes }: { readonly streams: number; readonly queuedBytes: number }): number {
  return queuedBytes / (Math.max(1, streams) * (windowBytes + allowanceBytes));
}
