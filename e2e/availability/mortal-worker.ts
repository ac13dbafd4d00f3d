import { DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { type Stack, startFaultProxy } from '@gemini-proxy/testbed';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';

/** A Node worker that can be killed: its socket breaks without a word, its calls are aborted, and it never comes back. */
export interface MortalWorker extends AsyncDisposable {
  readonly id: string;
  kill(): Promise<void>;
}

export async function startMortalWorker(stack: Stack, id: string): Promise<MortalWorker> {
  const proxy = await startFaultProxy({ target: stack.baseUrl });
  const { worker, [Symbol.asyncDispose]: dispose } = startKeyedWorker({
    connect: websocketConnect(proxy.through(stack.workerUrl)),
    token: stack.workerToken,
    apiKey: DEFAULT_API_KEY,
    upstreamUrl: stack.emulator.url,
    workerId: id,
  });
  let killing: Promise<void> | undefined;
  const kill = () => {
    killing ??= (async () => {
      proxy.welcome = 'refused';
      proxy.cut();
      worker.stop('Killed.');
      await dispose();
      await proxy[Symbol.asyncDispose]();
    })();
    return killing;
  };
  return { id, kill, [Symbol.asyncDispose]: kill };
}
