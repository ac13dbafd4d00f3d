import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificate } from '@gemini-proxy/emulator/aistudio';
import {
  type Behaviour,
  createGeminiEmulator,
  DEFAULT_API_KEY,
  type GeminiEmulator,
  type ReceivedRequest,
} from '@gemini-proxy/emulator/gemini';
import { type BrowserWorker, openBrowserWorker } from '../browser-worker.ts';
import { type FaultProxy, startFaultProxy } from '../fault-proxy/fault-proxy.ts';
import { testSecrets } from '../gateway-options.ts';
import { waitUntil } from '../wait-until.ts';
import { ChaosGateway } from './chaos-gateway.ts';
import { ChaosWorker } from './chaos-worker.ts';
import type { Findings } from './findings.ts';
import type { Service } from './http-client.ts';
import type { PlannedRequest } from './plan.ts';
import { startTlsFront } from './tls-front.ts';

export interface ChaosStackOptions {
  readonly workers: number;
  readonly hasBrowser: boolean;
  /** Decides which bytes are corrupted. */
  readonly seed: number;
  readonly findings: Findings;
}

/** Emulator in this process; gateway and workers in processes of their own, each worker behind a bad network; Chromium, if wanted. */
export interface ChaosStack extends AsyncDisposable {
  readonly service: Service;
  readonly emulator: GeminiEmulator;
  readonly gateway: ChaosGateway;
  readonly workers: readonly ChaosWorker[];
  readonly browser: BrowserWorker | undefined;
  /** The network of a worker; the browser's comes after those of the Node workers. */
  linkOf(worker: number): FaultProxy;
  /** Makes the emulator answer these requests as they were planned. */
  expect(requests: readonly PlannedRequest[]): void;
  /** How often requests with this id have reached the emulator. */
  executionsOf(id: number): number;
  /** What the emulator recorded of requests with this id. */
  sentTo(id: number): readonly ReceivedRequest[];
  /** What is alive in all parts, as far as it is back at its baseline when all is quiet. */
  state(): Promise<unknown>;
  allReady(): Promise<boolean>;
}

const sessionSecret = 'emulator-session';
const pageConnections = 2;
/** The records of a minute at least. */
const recordLimit = 4_000;
/** A worker notices by itself what hangs, soon enough for a run. */
const workerDeadlines = { connectMs: 3_000, probeMs: 3_000, idleProbeMs: 5_000, drainMs: 4_000 } as const;

export async function startChaosStack({
  workers: workerCount,
  hasBrowser,
  seed,
  findings,
}: ChaosStackOptions): Promise<ChaosStack> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-chaos-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const ledger = createLedger();
  const emulator = started.use(createGeminiEmulator({ sessionSecret, recordLimit, behaviour: ledger.behaviourOf }));
  await emulator.listen();
  const gateway = started.use(await ChaosGateway.start(folder, findings));
  const certificate = await createCertificate(['localhost']);
  const certificateFile = join(folder, 'certificate.pem');
  await writeFile(certificateFile, certificate.cert);
  const front = started.use(await startTlsFront(certificate, gateway.port));
  const workerUrl = `${front.url.replace('https', 'wss')}/worker`;
  const { workerToken: token, clientKey } = testSecrets;

  const workers: ChaosWorker[] = [];
  for (let index = 0; index < workerCount; index += 1) {
    const link = started.use(await startFaultProxy({ target: front.url, seed: seed + index }));
    const options = {
      workerUrl,
      token,
      apiKey: DEFAULT_API_KEY,
      upstreamUrl: emulator.url,
      workerId: `node-${index + 1}`,
      account: 'default',
      deadlines: workerDeadlines,
    };
    const worker = started.use(new ChaosWorker(options, link, certificateFile, findings));
    await worker.start();
    workers.push(worker);
  }
  const links = workers.map(({ link }) => link);
  let browser: BrowserWorker | undefined;
  if (hasBrowser) {
    const link = started.use(await startFaultProxy({ target: front.url, seed: seed + workerCount }));
    links.push(link);
    browser = started.use(
      await openBrowserWorker({
        upstream: emulator.url,
        sessionSecret,
        workerUrl: link.through(workerUrl),
        token,
        connections: pageConnections,
      }),
    );
  }
  const expectedReady = workerCount + (browser?.connections ?? 0);
  const allReady = async () => {
    const views = await gateway.workers();
    return views.length === expectedReady && views.every(({ state, isSuspect }) => state === 'ready' && !isSuspect);
  };
  await waitUntil(allReady, { what: `${expectedReady} ready workers`, timeoutMs: 60_000, intervalMs: 100 });

  const all = started.move();
  return {
    service: { baseUrl: gateway.url, clientKey },
    emulator,
    gateway,
    workers,
    browser,
    linkOf: (worker) => {
      const link = links[worker];
      if (link === undefined) throw new RangeError(`There is no worker ${worker}.`);
      return link;
    },
    expect: ledger.expect,
    executionsOf: ledger.executionsOf,
    sentTo: (id) => emulator.received.requests.filter(({ path }) => path.includes(`chaos=${id}`) && idIn(path) === id),
    async state() {
      // An upload that its worker left unfinished stays open at the service, as it would at Google.
      const { openUploads: _, ...emulatorState } = emulator.debugState();
      return {
        gateway: await gateway.state(),
        emulator: emulatorState,
        workers: await Promise.all(workers.map((worker) => worker.state())),
        aiStudio: browser?.aiStudio.debugState(),
      };
    },
    allReady,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What was planned for whom, and how often it was asked for. */
function createLedger() {
  const planned = new Map<number, PlannedRequest>();
  const executions = new Map<number, number>();
  return {
    expect: (requests: readonly PlannedRequest[]) => {
      planned.clear();
      for (const request of requests) planned.set(request.id, request);
    },
    behaviourOf: ({ path }: { readonly path: string }): Behaviour | undefined => {
      const id = idIn(path);
      if (id === undefined) return undefined;
      executions.set(id, (executions.get(id) ?? 0) + 1);
      const asked = planned.get(id)?.asked;
      return asked !== undefined && 'behaviour' in asked ? asked.behaviour : undefined;
    },
    executionsOf: (id: number) => executions.get(id) ?? 0,
  };
}

function idIn(path: string): number | undefined {
  const text = /[?&]chaos=(\d+)/.exec(path)?.[1];
  return text === undefined ? undefined : Number(text);
}
