import { describe, expect, it } from 'vitest';
import { TryIt } from './try-it.ts';

const question = { model: 'gemini-2.5-flash', prompt: 'Hello', apiKey: 'gp-client-1' };

function answering(response: () => Response | Promise<Response>) {
  const calls: Request[] = [];
  let clock = 0;
  const tryIt = new TryIt({
    now: () => (clock += 10),
    fetch: async (input, init) => {
      calls.push(new Request(new URL(String(input), 'http://127.0.0.1'), init));
      return response();
    },
  });
  return { tryIt, calls };
}

const event = (text: string, more: object = {}) =>
  `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }] }, ...more }], usageMetadata: { totalTokenCount: 5 } })}\r\n\r\n`;

describe('TryIt', () => {
  it('asks as a program does, and gathers the streamed answer', async () => {
    const { tryIt, calls } = answering(() => new Response(event('Hel') + event('lo', { finishReason: 'STOP' })));
    await tryIt.ask(question);
    expect(tryIt.value).toMatchObject({ is: 'answered', text: 'Hello', finishReason: 'STOP', usage: { totalTokenCount: 5 } });
    expect(calls[0]?.url).toBe('http://127.0.0.1/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse');
    expect(calls[0]?.headers.get('x-goog-api-key')).toBe('gp-client-1');
  });

  it('says the error of an answer in its own words', async () => {
    const { tryIt } = answering(() => new Response('{"error":{"code":503,"message":"No worker is ready."}}', { status: 503 }));
    await tryIt.ask(question);
    expect(tryIt.value).toMatchObject({ is: 'failed', error: 'No worker is ready.' });
  });

  it('keeps what has come when the stream breaks, beside the error that it ends with', async () => {
    const { tryIt } = answering(() => new Response(`${event('Half')}{"error":{"code":502,"message":"The worker was lost."}}`));
    await tryIt.ask(question);
    expect(tryIt.value).toMatchObject({ is: 'failed', text: 'Half', error: 'The worker was lost.' });
  });

  it('stops when asked to', async () => {
    const { tryIt } = answering(() => new Promise<Response>((_, reject) => setTimeout(() => reject(new Error('late')), 0)));
    const asking = tryIt.ask(question);
    tryIt.stop();
    await asking;
    expect(tryIt.value.is).toBe('stopped');
  });
});
