import { describe, expect, it } from 'vitest';
import type { Behaviour } from './behaviour.ts';
import type { Clock } from './clock.ts';
import { BASELINE, createTestCertificate, FLASH, HELLO, Http2Client, KEY, PATIENCE, startEmulator } from './testing.ts';

const STREAM = `${FLASH}:streamGenerateContent?alt=sse`;
const init = { method: 'POST', headers: { ...KEY, 'accept-encoding': 'identity' }, body: HELLO };

/** Reads until the end or the failure, and says which it was. */
async function readAll(answer: Response): Promise<{ text: string; isCut: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
    return { text, isCut: false };
  } catch {
    return { text, isCut: true };
  }
}

describe('behaviour', () => {
  it('is chosen by what the request says', async () => {
    const seen: unknown[] = [];
    await using emulator = await startEmulator({
      defaults: { responseHeaders: { 'x-default': '1' } },
      behaviour: (request) => {
        seen.push(request);
        return request.model === 'gemini-2.5-pro' ? { fault: { kind: 'status', status: 503 } } : undefined;
      },
    });
    const pro = await fetch(`${emulator.url}/v1beta/models/gemini-2.5-pro:generateContent`, init);
    expect([pro.status, JSON.parse(await pro.text()).error.message]).toEqual([
      503,
      'The model is overloaded. Please try again later.',
    ]);
    const flash = await fetch(`${emulator.url}${FLASH}:generateContent`, init);
    expect([flash.status, flash.headers.get('x-default')]).toEqual([200, '1']);
    await flash.text();
    expect(seen[1]).toEqual({
      method: 'POST',
      path: `${FLASH}:generateContent`,
      model: 'gemini-2.5-flash',
      body: JSON.parse(HELLO),
    });
  });

  it('answers a quota fault with RetryInfo', async () => {
    await using emulator = await startEmulator({ defaults: { fault: { kind: 'status', status: 429 } } });
    const { error } = JSON.parse(await (await fetch(`${emulator.url}${FLASH}:generateContent`, init)).text());
    expect(error).toMatchObject({
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('Please retry in 40.025771073s.'),
    });
    expect(error.details.at(-1)).toEqual({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '40s' });
  });

  it('waits by the given clock before the first byte and between chunks', async () => {
    const waits: number[] = [];
    const clock: Clock = {
      now: () => 0,
      sleep: async (durationMs) => {
        waits.push(durationMs);
      },
    };
    await using emulator = await startEmulator({ clock, defaults: { delayMs: 5000, chunkCount: 3, chunkIntervalMs: 700 } });
    await (await fetch(`${emulator.url}${STREAM}`, init)).text();
    expect(waits).toEqual([5000, 700, 700]);
  });

  it.each<[string, Behaviour['fault'], RegExp, boolean]>([
    ['cut', { kind: 'cut', afterChunks: 2 }, /^(?:data: .*\r\n\r\n){2}$/, true],
    [
      'mid-stream error',
      { kind: 'mid-stream-error', afterChunks: 1, code: 503 },
      /^data: .*\r\n\r\n\{\n {2}"error": \{\n {4}"code": 503,[\s\S]*\n\}\n$/,
      false,
    ],
    [
      'late mid-stream error',
      { kind: 'mid-stream-error', afterChunks: 9, code: 499 },
      /^(?:data: .*\r\n\r\n){4}\{\n[\s\S]*"status": "CANCELLED"/,
      false,
    ],
  ])('breaks a stream by a %s', async (_, fault, form, isCut) => {
    await using emulator = await startEmulator({ defaults: { chunkCount: 4, fault } });
    const read = await readAll(await fetch(`${emulator.url}${STREAM}`, init));
    expect(read.text).toMatch(form);
    expect(read.isCut).toBe(isCut);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
    expect(emulator.received.requests[0]?.isAborted).toBe(false);
  });

  it('cuts before the head, and in the middle of a whole answer', async () => {
    let afterChunks = 0;
    await using emulator = await startEmulator({ behaviour: () => ({ fault: { kind: 'cut', afterChunks } }) });
    await expect(fetch(`${emulator.url}${FLASH}:generateContent`, init)).rejects.toThrow();
    afterChunks = 1;
    const read = await readAll(await fetch(`${emulator.url}${FLASH}:generateContent`, init));
    expect(read).toEqual({ text: expect.stringMatching(/^\{\n {2}"candidates"/), isCut: true });
  });

  it('cuts an HTTP/2 stream and leaves the connection alone', async () => {
    let isBroken = true;
    const behaviour = () => (isBroken ? { fault: { kind: 'cut', afterChunks: 1 } as const } : {});
    await using emulator = await startEmulator({ tls: await createTestCertificate(), behaviour });
    await using client = new Http2Client(emulator.url);
    await expect(client.request('POST', STREAM, HELLO)).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
    isBroken = false;
    expect((await client.request('POST', STREAM, HELLO)).body.toString()).toContain('"finishReason": "STOP"');
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it('sends a raw body byte for byte, in pieces if asked, under the fault’s status', async () => {
    const bytes = Buffer.from('<html>\u0000é bad gateway');
    const behaviour = (): Behaviour => ({
      rawBody: bytes,
      chunkBytes: 3,
      fault: { kind: 'status', status: 502 },
      responseHeaders: { 'content-type': 'text/html' },
    });
    await using emulator = await startEmulator({ behaviour });
    const answer = await fetch(`${emulator.url}${STREAM}`, { ...init, headers: KEY });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });
});

describe('a client that leaves', () => {
  it.each([
    ['hangs before the first byte', { fault: { kind: 'hang', afterChunks: 0 } }],
    ['hangs in mid-stream', { fault: { kind: 'hang', afterChunks: 1 } }],
    ['is waiting for its first byte', { delayMs: 600_000 }],
    ['is paced', { chunkCount: 1000, chunkIntervalMs: 60_000 }],
  ] as const)('ends a generation that %s', async (_, defaults) => {
    await using emulator = await startEmulator({ defaults });
    const leaving = new AbortController();
    const answer = fetch(`${emulator.url}${STREAM}`, { ...init, signal: leaving.signal });
    answer.catch(() => {});
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual({ ...BASELINE, openRequests: 1, runningGenerations: 1 });
    leaving.abort();
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
    expect(emulator.received.requests[0]).toMatchObject({ isAborted: true, answer: undefined });
  });

  it('ends a generation that nobody reads', async () => {
    await using emulator = await startEmulator({ defaults: { chunkCount: 100_000, chunkBytes: 1000 } });
    const leaving = new AbortController();
    await fetch(`${emulator.url}${STREAM}`, { ...init, signal: leaving.signal });
    expect(emulator.debugState()).toEqual({ ...BASELINE, openRequests: 1, runningGenerations: 1 });
    leaving.abort();
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it('ends a generation over HTTP/2 as well', async () => {
    await using emulator = await startEmulator({
      tls: await createTestCertificate(),
      defaults: { fault: { kind: 'hang', afterChunks: 1 } },
    });
    await using client = new Http2Client(emulator.url);
    const stream = client.open('POST', STREAM, HELLO);
    await expect.poll(() => emulator.debugState().runningGenerations, PATIENCE).toBe(1);
    stream.close(8);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
    expect(emulator.received.requests[0]?.isAborted).toBe(true);
  });

  it('is nobody’s loss in the middle of its own body', async () => {
    await using emulator = await startEmulator();
    const leaving = new AbortController();
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{"contents":')) });
    const unfinished = { ...init, body, duplex: 'half', signal: leaving.signal } as const;
    const answer = fetch(`${emulator.url}${STREAM}`, unfinished);
    answer.catch(() => {});
    await expect.poll(() => emulator.debugState().openRequests, PATIENCE).toBe(1);
    leaving.abort();
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
    expect(emulator.received.requests[0]).toMatchObject({ isAborted: true, body: undefined });
  });

  it('does not keep the emulator from ending', async () => {
    const emulator = await startEmulator({ defaults: { fault: { kind: 'hang', afterChunks: 1 } } });
    const answer = await fetch(`${emulator.url}${STREAM}`, init);
    await emulator[Symbol.asyncDispose]();
    expect((await readAll(answer)).isCut).toBe(true);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });
});
