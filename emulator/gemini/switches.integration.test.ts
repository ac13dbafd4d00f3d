import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { BASELINE, FLASH, HELLO, KEY, PATIENCE, startEmulator } from './testing.ts';

const init = { method: 'POST', headers: { ...KEY, 'accept-encoding': 'identity' }, body: HELLO };
const statusOf = async (answer: Response) => {
  await answer.arrayBuffer();
  return answer.status;
};

describe('the switches', () => {
  it('turn an outage on and off, for calls, diagnostics, uploads and Live sessions alike', async () => {
    await using emulator = await startEmulator();
    const { url } = emulator;
    const liveUrl = `${url.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=emulator-key`;
    const callAll = async () => [
      await statusOf(await fetch(`${url}${FLASH}:generateContent`, init)),
      await statusOf(await fetch(`${url}/v1beta/models?pageSize=1`, { headers: KEY })),
      await statusOf(await fetch(`${url}/v1beta/emulator/echo`, init)),
      await statusOf(await fetch(`${url}/v1beta/emulator/bytes/10`, { headers: KEY })),
      await statusOf(
        await fetch(`${url}/upload/v1beta/files`, {
          ...init,
          headers: { ...KEY, 'x-goog-upload-protocol': 'raw', 'content-type': 'text/plain' },
        }),
      ),
      await new Promise((resolve) => {
        const socket = new WebSocket(liveUrl);
        socket.onopen = () => {
          resolve('open');
          socket.close();
        };
        socket.onerror = () => resolve('refused');
      }),
    ];
    expect(await callAll()).toEqual([200, 200, 200, 200, 200, 'open']);
    emulator.set({ outage: { kind: 'status', status: 503 } });
    expect(await callAll()).toEqual([503, 503, 503, 503, 503, 'refused']);
    emulator.set({ outage: null });
    expect(await callAll()).toEqual([200, 200, 200, 200, 200, 'open']);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it('leave calls under way as they began', async () => {
    await using emulator = await startEmulator({ switches: { outage: { kind: 'hang', afterChunks: 0 } } });
    const leaving = new AbortController();
    const hanging = fetch(`${emulator.url}${FLASH}:generateContent`, { ...init, signal: leaving.signal });
    hanging.catch(() => {});
    await expect.poll(() => emulator.debugState().openRequests, PATIENCE).toBe(1);
    emulator.set({ outage: null });
    expect(await statusOf(await fetch(`${emulator.url}${FLASH}:generateContent`, init))).toBe(200);
    expect(emulator.debugState().openRequests).toBe(1);
    leaving.abort();
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it.each(['/v1beta/emulator/echo', '/upload/v1beta/files?uploadType=media'])(
    'let a client leave that hangs on %s in the middle of a large body',
    async (path) => {
      await using emulator = await startEmulator({ switches: { outage: { kind: 'hang', afterChunks: 0 } } });
      const call = request(`${emulator.url}${path}`, { method: 'POST', headers: { ...KEY, 'content-type': 'text/plain' } });
      call.on('error', () => {});
      call.write(Buffer.alloc(4 * 1024 * 1024));
      await expect.poll(() => emulator.debugState().openRequests, PATIENCE).toBe(1);
      call.destroy();
      await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
    },
  );

  it('make every answer begin late, on top of what its behaviour says', async () => {
    const waits: number[] = [];
    const clock = {
      now: () => 0,
      sleep: async (durationMs: number) => {
        waits.push(durationMs);
      },
    };
    await using emulator = await startEmulator({ clock, behaviour: () => ({ delayMs: 30 }), switches: { slowStartMs: 500 } });
    expect(emulator.switches).toEqual({ outage: null, slowStartMs: 500 });
    await statusOf(await fetch(`${emulator.url}${FLASH}:generateContent`, init));
    await statusOf(await fetch(`${emulator.url}/v1beta/emulator/sse?events=1`, { headers: KEY }));
    expect(waits).toEqual([530, 530]);
  });
});

describe('a diagnostic with a fault', () => {
  it.each([
    ['bytes/300000?chunk=100000', 'GET', 200_000],
    ['sse?events=4&bytes=1000', 'GET', undefined],
    ['echo', 'POST', undefined],
  ] as const)('%s breaks off in the middle', async (target, method, bytes) => {
    await using emulator = await startEmulator({ behaviour: () => ({ fault: { kind: 'cut', afterChunks: 2 } }) });
    const answer = await fetch(`${emulator.url}/v1beta/emulator/${target}`, {
      method,
      headers: KEY,
      ...(method === 'POST' ? { body: Buffer.alloc(8 * 1024 * 1024) } : {}),
    });
    let received = 0;
    const read = async () => {
      for await (const chunk of answer.body ?? []) received += chunk.byteLength;
    };
    await expect(read()).rejects.toThrow();
    if (bytes !== undefined) expect(received).toBe(bytes);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
    expect(emulator.received.requests[0]).toMatchObject({ answer: undefined, isAborted: false });
  });

  it('ends events by an error in their stream, and bytes of a known length by a break', async () => {
    const fault = { kind: 'mid-stream-error', afterChunks: 1, code: 503 } as const;
    await using emulator = await startEmulator({ behaviour: () => ({ fault }) });
    const events = await (await fetch(`${emulator.url}/v1beta/emulator/sse?events=4`, { headers: KEY })).text();
    expect(events).toMatch(/^data: .*\r\n\r\n\{\n {2}"error": \{\n {4}"code": 503,/);
    const bytes = await fetch(`${emulator.url}/v1beta/emulator/bytes/300000?chunk=100000`, { headers: KEY });
    await expect(bytes.arrayBuffer()).rejects.toThrow();
  });
});
