import { type Stack, startStack } from '@gemini-proxy/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Client, Target } from './clients/client.ts';
import { curl } from './clients/curl.ts';
import { runGeminiCli } from './clients/gemini-cli.ts';
import { genaiThree, genaiTwo } from './clients/genai.ts';
import { generativeAi } from './clients/generative-ai.ts';
import { scenarios } from './scenarios.ts';

/** The emulator's own key: clients that call it directly show what the service by itself answers. */
const emulatorKey = 'emulator-key';

let stack: Stack;
let gateway: Target;
let service: Target;

beforeAll(async () => {
  stack = await startStack({ unattendedBrowser: { connections: 2 } });
  gateway = { baseUrl: stack.baseUrl, apiKey: stack.clientKey };
  service = { baseUrl: stack.emulator.url, apiKey: emulatorKey };
});
afterEach(async () => {
  await stack.settled();
  stack.emulator.received.clear();
});
afterAll(() => stack[Symbol.asyncDispose]());

/** What an answer must show for the scenario to have worked at all. */
const proofs: Record<string, (answer: Answer) => void> = {
  text: ({ text }) => expect(text).toContain('你好, café and 🙂'),
  'function calling': ({ functionCalls }) => {
    expect(functionCalls).toHaveLength(1);
    expect(functionCalls[0]).toMatchObject({
      name: 'book_table',
      arguments: { restaurant: expect.any(String), guests: expect.any(Number), terrace: expect.any(Boolean) },
    });
  },
  'structured output': ({ text }) => {
    const value: unknown = JSON.parse(text);
    expect(value).toEqual({ restaurant: expect.any(String), guests: expect.any(Number), terrace: expect.any(Boolean) });
  },
  'system instruction': ({ text }) => expect(text).toContain('lighthouse keeper'),
  'inline image': ({ text }) => expect(text).toContain('image/png'),
};

const clients: readonly Client[] = [genaiThree, genaiTwo, generativeAi, curl];

describe.each(clients)('$name through Chromium and the fetch hook', (client) => {
  describe.each(scenarios)('$name', ({ name, call }) => {
    it.each([{ streamed: false }, { streamed: true }])(
      'gets the answer of the service itself (streamed: $streamed)',
      async ({ streamed }) => {
        const expected = await client.call(service, { ...call, streamed });
        stack.emulator.received.clear();
        const answer = await client.call(gateway, { ...call, streamed });
        proofs[name]?.(answer);
        expect(answer).toEqual(expected);
        expectToHaveGoneThroughTheHook();
      },
    );
  });

  it('gets the error of the service for an unknown model', async () => {
    // Said by the service about the path, so it arrives as it was sent: status, message and all.
    const body = JSON.stringify({ contents: [{ parts: [{ text: 'hi' }] }] });
    const ask = async ({ baseUrl, apiKey }: Target) => {
      const headers = { 'x-goog-api-key': apiKey, 'content-type': 'application/json' };
      const response = await fetch(`${baseUrl}/v1beta/models/no-such-model:generateContent`, { method: 'POST', headers, body });
      return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
    };
    const answer = await ask(gateway);
    expect(answer.status).toBe(404);
    expect(answer).toEqual(await ask(service));
  });
});

describe('@google/gemini-cli headless through Chromium and the fetch hook', () => {
  it('answers a prompt as JSON', async () => {
    const result = await runGeminiCli(gateway, 'Say hello in 你好.', 'json');
    expect(result, result.stderr).toMatchObject({ code: 0 });
    const { response } = JSON.parse(result.stdout) as { response: string };
    expect(response).toContain('Say hello in 你好.');
    expect(response).toContain('System instruction: You are a non-interactive CLI agent');
    // The emulator called one of its tools, it ran the tool, and the model saw what came of it.
    expect(response).toMatch(/^Function \w+ answered: /m);
    expectToHaveGoneThroughTheHook();
  });

  it('streams a prompt as JSON lines', async () => {
    const result = await runGeminiCli(gateway, 'Tell a short story.', 'stream-json');
    expect(result, result.stderr).toMatchObject({ code: 0 });
    const events = result.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; role?: string; content?: string; status?: string });
    const text = events
      .filter((event) => event.type === 'message' && event.role === 'assistant')
      .map((event) => event.content ?? '');
    expect(text.join('')).toContain('Tell a short story.');
    expect(events.at(-1)).toMatchObject({ type: 'result', status: 'success' });
  });

  it('says which key is wrong', async () => {
    const result = await runGeminiCli({ ...gateway, apiKey: 'not-the-key' }, 'hi', 'json');
    expect(result.code).not.toBe(0);
    expect(result.stderr + result.stdout).toContain('API key not valid');
  });
});

/** The emulator saw the session of AI Studio and no trace of the client's key: only the hook adds the one and takes away the other. */
function expectToHaveGoneThroughTheHook(): void {
  const requests = stack.emulator.received.requests.filter(({ path }) => path.includes('enerateContent'));
  expect(requests.length).toBeGreaterThan(0);
  for (const { headers, path } of requests) {
    expect(headers['x-emulator-session']).toBeDefined();
    expect(headers['x-goog-api-key']).toBeUndefined();
    expect(JSON.stringify([headers, path])).not.toContain(stack.clientKey);
  }
}
