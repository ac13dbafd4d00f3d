import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { answering, connectScriptedWorker, echo, type Script } from './scripted-worker.ts';
import { clientKey, startGateway } from './start-gateway.ts';

const path = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse';
const chunkBytes = 64 * 1024;

/** Sends so many bytes as fast as the window allows, and counts what it could hand over. */
function flood(totalBytes: number, sent: { bytes: number }): Script {
  return (stream) => {
    stream.sendHead({ status: 200, headers: [['content-type', 'application/octet-stream']] });
    const send = () => {
      while (sent.bytes < totalBytes) {
        sent.bytes += chunkBytes;
        if (!stream.write(new Uint8Array(chunkBytes).fill(7))) return;
      }
      stream.end();
    };
    send();
    return { onWritable: send };
  };
}

describe('backpressure', () => {
  it('stops the worker while a client does not read, and loses nothing', async () => {
    const totalBytes = 64 * 1024 * 1024;
    const sent = { bytes: 0 };
    await using started = await startGateway();
    await using _worker = await connectScriptedWorker({ port: started.port, script: flood(totalBytes, sent) });
    const answer = await fetch(`${started.url}${path}`, { headers: { 'x-goog-api-key': clientKey } });
    let settled = -1;
    await expect
      .poll(
        () => {
          const before = settled;
          settled = sent.bytes;
          return before === settled && settled > 0;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(sent.bytes).toBeLessThan(20 * 1024 * 1024);
    let received = 0;
    for await (const chunk of answer.body ?? []) received += chunk.length;
    expect(received).toBe(totalBytes);
    await expectBaseline(started.gateway);
  });

  it('stops the client while a worker does not take its body', async () => {
    await using started = await startGateway();
    let isTaking = false;
    await using worker = await connectScriptedWorker({
      port: started.port,
      script: (stream) => ({
        onData(chunk) {
          if (isTaking) stream.consumed(chunk.length);
        },
      }),
    });
    using client = await connectRaw(started.port);
    client.socket.write(head(`POST ${path}`, ['Content-Length: 67108864']));
    let written = 0;
    const chunk = Buffer.alloc(256 * 1024);
    while (written < 67_108_864 && client.socket.writableLength < 4 * 1024 * 1024) {
      client.socket.write(chunk);
      written += chunk.length;
      await delay(1);
    }
    expect(written).toBeLessThan(40 * 1024 * 1024);
    const [stream] = worker.streams;
    expect(stream?.bytesReceived).toBeLessThanOrEqual(256 * 1024);
    // That the client has left shows once its bytes are read again.
    client.socket.destroy();
    isTaking = true;
    stream?.consumed(stream.bytesReceived);
    await expect.poll(() => worker.resets.map(({ code }) => code)).toEqual(['CANCELLED']);
    await expectBaseline(started.gateway);
  });

  it('of one client does not delay another', async () => {
    await using started = await startGateway();
    const sent = { bytes: 0 };
    const quick = answering(200, [], 'quick');
    const slow = flood(1024 * 1024 * 1024, sent);
    await using _worker = await connectScriptedWorker({
      port: started.port,
      script: (stream) => (stream.request.path.includes('stream') ? slow(stream) : quick(stream)),
    });
    const stalled = new AbortController();
    await fetch(`${started.url}${path}`, { headers: { 'x-goog-api-key': clientKey }, signal: stalled.signal });
    const times: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const startedAt = performance.now();
      const answer = await fetch(`${started.url}/v1beta/models`, { headers: { 'x-goog-api-key': clientKey } });
      expect(await answer.text()).toBe('quick');
      times.push(performance.now() - startedAt);
    }
    times.sort((left, right) => left - right);
    expect(times[10]).toBeLessThan(50);
    stalled.abort();
    await expectBaseline(started.gateway);
  });
});

describe('cancel', () => {
  it.each(['before the head', 'in the middle of the answer'])('reaches the worker when the client leaves %s', async (when) => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({
      port: started.port,
      script: (stream) => {
        if (when === 'before the head') return {};
        stream.sendHead({ status: 200, headers: [] });
        stream.write(new Uint8Array(10));
        return {};
      },
    });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${path}`));
    await expect.poll(() => worker.streams.length).toBe(1);
    client.socket.destroy();
    await expect.poll(() => worker.resets.map(({ code }) => code)).toEqual(['CANCELLED']);
    expect(started.gateway.counters().requestsCancelled).toBe(1);
    await expectBaseline(started.gateway);
  });

  it('takes a waiting request out of the line', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: () => ({}), hello: { slots: 1 } });
    using holder = await connectRaw(started.port);
    holder.socket.write(head(`GET ${path}`));
    await expect.poll(() => worker.streams.length).toBe(1);
    using waiting = await connectRaw(started.port);
    waiting.socket.write(head(`GET ${path}`));
    await expect.poll(() => started.gateway.debugState().pool.waiting).toBe(1);
    waiting.socket.destroy();
    await expect.poll(() => started.gateway.debugState().pool.waiting).toBe(0);
    worker.streams[0]?.sendHead({ status: 200, headers: [] });
    worker.streams[0]?.end();
    await expect.poll(() => holder.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(worker.streams).toHaveLength(1);
    await expectBaseline(started.gateway);
  });
});

describe('the line for slots', () => {
  it('serves 300 requests at once over a worker with 3 slots', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo, hello: { slots: 3 } });
    let most = 0;
    const answers = Array.from({ length: 300 }, async (_, index) => {
      const answer = await fetch(`${started.url}${path}`, {
        method: 'POST',
        body: `request ${index}`,
        headers: { 'x-goog-api-key': clientKey },
      });
      most = Math.max(most, worker.session.openStreams);
      return answer.text();
    });
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 300 }, (_, index) => `request ${index}`));
    expect(most).toBeLessThanOrEqual(3);
    await expectBaseline(started.gateway);
  });

  it('spreads requests over workers in turn', async () => {
    await using started = await startGateway();
    await using first = await connectScriptedWorker({ port: started.port, script: echo, hello: { workerId: 'first' } });
    await using second = await connectScriptedWorker({ port: started.port, script: echo, hello: { workerId: 'second' } });
    await expect.poll(() => started.gateway.workers().filter(({ state }) => state === 'ready').length).toBe(2);
    for (let index = 0; index < 10; index += 1) {
      await (await fetch(`${started.url}/v1beta/models`, { headers: { 'x-goog-api-key': clientKey } })).arrayBuffer();
    }
    expect([first.streams.length, second.streams.length]).toEqual([5, 5]);
  });
});
