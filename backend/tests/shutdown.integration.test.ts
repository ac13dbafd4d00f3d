import { describe, expect, it } from 'vitest';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { connectScriptedWorker, echo, type Script } from './scripted-worker.ts';
import { startGateway } from './start-gateway.ts';
import { ssePath, start, unaryPath, withKey } from './start-scripted.ts';

describe('shutdown', () => {
  it('lets running requests finish, refuses new ones, and tells the workers', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: () => ({}) });
    using running = await connectRaw(started.port);
    using idle = await connectRaw(started.port);
    running.socket.write(head(`GET ${unaryPath}`));
    await expect.poll(() => worker.streams.length).toBe(1);
    const closing = started.gateway.close();
    idle.socket.write(head(`GET ${unaryPath}`));
    await expect.poll(() => idle.text).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 5[\s\S]*SHUTTING_DOWN/i);
    const health = await fetch(`${started.url}/healthz`);
    expect([health.status, health.headers.get('retry-after'), await health.json()]).toEqual([
      503,
      '5',
      { status: 'draining', workers: { connected: 1, ready: 1, inFlight: 1, waiting: 0 } },
    ]);
    worker.streams[0]?.sendHead({ status: 200, headers: [] });
    worker.streams[0]?.end(new TextEncoder().encode('done'));
    await expect.poll(() => running.text).toMatch(/^HTTP\/1\.1 200 [\s\S]*done$/);
    await closing;
    expect((await worker.closed).code).toBe('GOING_AWAY');
    expect(worker.goaways).toEqual(['The gateway is stopping.']);
    await expectBaseline(started.gateway);
  });

  it('lets requests that wait for a worker have their turn', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: () => ({}), hello: { slots: 1 } });
    const running = fetch(`${started.url}${unaryPath}`, { headers: withKey });
    await expect.poll(() => worker.streams.length).toBe(1);
    const waiting = fetch(`${started.url}${unaryPath}`, { headers: withKey });
    await expect.poll(() => started.gateway.debugState().pool.waiting).toBe(1);
    const closing = started.gateway.close();
    for (const place of [0, 1]) {
      await expect.poll(() => worker.streams.length).toBe(place + 1);
      worker.streams[place]?.sendHead({ status: 200, headers: [] });
      worker.streams[place]?.end();
    }
    expect([(await running).status, (await waiting).status]).toEqual([200, 200]);
    await closing;
    await expectBaseline(started.gateway);
  });

  it('ends a running SSE answer with an error that its client can read', async () => {
    const endless: Script = (stream) => {
      stream.sendHead({ status: 200, headers: [['content-type', 'text/event-stream']] });
      stream.write(new TextEncoder().encode('data: {}\r\n\r\n'));
      return {};
    };
    await using started = await start(endless, { shutdownTimeoutMs: 50 });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${ssePath}`));
    await expect.poll(() => client.text).toContain('data: {}');
    await started.gateway.close();
    await client.closed;
    expect(client.reads.at(-1)).toContain('"reason": "SHUTTING_DOWN"');
    await expectBaseline(started.gateway);
  });

  it('fails what does not finish in time', async () => {
    await using started = await start(() => ({}), { shutdownTimeoutMs: 50 });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${unaryPath}`));
    await expect.poll(() => started.gateway.debugState().pool.leases).toBe(1);
    await started.gateway.close();
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 503 [\s\S]*SHUTTING_DOWN/);
    await expectBaseline(started.gateway);
  });

  it('leaves a second gateway in the same process alone', async () => {
    await using first = await start(echo);
    await using second = await start(echo);
    await first.gateway.close();
    const answer = await fetch(`${second.url}${unaryPath}`, { method: 'POST', body: 'still here', headers: withKey });
    expect(await answer.text()).toBe('still here');
  });
});
