import type { Config } from '@gemini-proxy/backend';
import { createGeminiEmulator, DEFAULT_API_KEY, type GeminiEmulator } from '@gemini-proxy/emulator/gemini';
import { type Child, type ChildSettings, startChild } from './child.ts';
import { testSecrets } from './gateway-options.ts';
import type { GatewayProcessOptions, GatewayReady } from './processes/gateway.ts';
import type { WorkerProcessOptions } from './processes/worker.ts';
import type { StackOptions } from './stack.ts';
import { waitUntil } from './wait-until.ts';

/** A gateway and a Node worker in processes of their own, whose memory and time can be told apart; the emulator is in this one. */
export interface ProcessStack extends AsyncDisposable {
  /** What a client is pointed at, without a trailing slash. */
  readonly baseUrl: string;
  readonly clientKey: string;
  readonly emulator: GeminiEmulator;
  readonly gatewayPid: number;
  readonly workerPid: number;
}

/** Starts the processes, and waits until a request comes back through them. */
export async function startProcessStack(options: Pick<StackOptions, 'gateway' | 'emulator'> = {}): Promise<ProcessStack> {
  await using started = new AsyncDisposableStack();
  const emulator = started.use(createGeminiEmulator(options.emulator));
  const upstreamUrl = await emulator.listen();
  const gateway = started.use(await startGatewayProcess(options.gateway ?? {}));
  const { url: baseUrl } = gateway.ready;
  const { clientKey, workerToken: token } = testSecrets;
  const workerUrl = `${baseUrl.replace('http', 'ws')}/worker`;
  const workerOptions: WorkerProcessOptions = { workerUrl, token, apiKey: DEFAULT_API_KEY, upstreamUrl };
  const worker = started.use(await startWorkerProcess(workerOptions));
  await waitUntil(() => isAnswered(`${baseUrl}/v1beta/models?pageSize=1`, clientKey), { what: 'an answer through the worker' });
  emulator.received.clear();
  const all = started.move();
  return {
    baseUrl,
    clientKey,
    emulator,
    gatewayPid: gateway.pid,
    workerPid: worker.pid,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Starts a gateway alone in a process, which a test may kill. With a `dataFolder` its successor goes on where it was. */
export function startGatewayProcess(changes: Partial<Config>, settings: ChildSettings = {}): Promise<Child<GatewayReady>> {
  const options: GatewayProcessOptions = { changes };
  return startChild<GatewayReady>(entryOf('gateway'), options, settings);
}

/** Starts a Node worker alone in a process. */
export function startWorkerProcess(options: WorkerProcessOptions, settings?: ChildSettings): Promise<Child<unknown>> {
  return startChild(entryOf('worker'), options, settings);
}

function entryOf(name: 'gateway' | 'worker'): string {
  return new URL(`./processes/${name}.ts`, import.meta.url).pathname;
}

async function isAnswered(url: string, clientKey: string): Promise<boolean> {
  const answer = await fetch(url, { headers: { 'x-goog-api-key': clientKey } });
  await answer.arrayBuffer();
  return answer.ok;
}
