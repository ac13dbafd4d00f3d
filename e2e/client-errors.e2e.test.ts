import { DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { type Stack, startStack } from '@gemini-proxy/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from './clients/client.ts';
import { given } from './clients/operations.ts';
import { nodeClients } from './clients/table-clients.ts';
import { chooseFault, type FaultName, faults } from './conformance/faults.ts';

let stack: Stack;
let gateway: Target;
let service: Target;

beforeAll(async () => {
  stack = await startStack({ unattendedBrowser: { connections: 2 }, emulator: { behaviour: chooseFault } });
  gateway = { baseUrl: stack.baseUrl, apiKey: stack.clientKey };
  service = { baseUrl: stack.emulator.url, apiKey: DEFAULT_API_KEY };
});
afterEach(() => stack.settled());
afterAll(() => stack[Symbol.asyncDispose]());

const nowhere: Target = { baseUrl: 'http://127.0.0.1:1', apiKey: 'none' };
const clients = nodeClients.filter(({ connect }) => connect(nowhere).generate !== undefined);

/** What a client makes of the service's answer; some print the address they called. */
async function outcomeOf(work: Promise<string>, { baseUrl }: Target): Promise<Record<string, unknown>> {
  try {
    return { text: await work };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const status: unknown = Reflect.get(error, 'status') ?? Reflect.get(error, 'statusCode');
    return { name: error.name, message: error.message.replaceAll(baseUrl, '<base>'), status };
  }
}

/** LangChain leaves a promise of the SDK below it unhandled when a stream breaks, which ends a process with it. */
function operationsFor(client: string, fault: FaultName): readonly ('generate' | 'stream')[] {
  return client.startsWith('@langchain') && fault === 'fault-mid-stream' ? ['generate'] : ['generate', 'stream'];
}

/**
 * An error in mid-stream that follows an event at once may reach a client in the same read, and `@google/genai` words its own error by that.
 * The bytes are compared by the conformance suite; here it is whether the client notices.
 */
describe.each(clients)('$name through Chromium and the fetch hook', ({ name, connect }) => {
  describe.each(Object.keys(faults) as FaultName[])('meets %s of the service', (fault) => {
    it.each(operationsFor(name, fault))('as it does without the gateway, when it asks to %s', async (operation) => {
      const ask = (target: Target) => outcomeOf(given(connect(target)[operation], operation)(fault), target);
      const [answer, expected] = [await ask(gateway), await ask(service)];
      if (fault === 'fault-mid-stream') expect('message' in answer).toBe('message' in expected);
      else expect(answer).toEqual(expected);
    });
  });
});
