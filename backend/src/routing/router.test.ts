import { tmpdir } from 'node:os';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { Events } from '../events.ts';
import { createCaller } from '../orchestrator/internal-call.ts';
import { Orchestrator } from '../orchestrator/orchestrator.ts';
import { FakeClient, FakeWorker, failoverOptions } from '../orchestrator/testing.ts';
import { RoundRobin } from '../pool/balancer.ts';
import { Pool } from '../pool/pool.ts';
import { Resources } from '../resources/resources.ts';
import { inMemory, openSqliteStore } from '../store/sqlite-store.ts';
import type { FileMover } from './destination.ts';
import { Router } from './router.ts';

const generate = 'POST /v1beta/models/m:generateContent';
const silentLog = { debug() {}, info() {}, warn() {}, error() {} };
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const turn = () => new Promise(setImmediate);

function start(...accounts: readonly string[]) {
  return startWith(undefined, accounts);
}

function startWith(mover: FileMover | undefined, accounts: readonly string[]) {
  const clock = new FakeClock();
  const events = new Events(silentLog);
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit: 10, queueTimeoutMs: 1000, workerWaitMs: 0 });
  const workers = accounts.map((account) => new FakeWorker(`of-${account}`, account));
  for (const worker of workers) pool.add(worker);
  const store = openSqliteStore(inMemory);
  const resources = new Resources({ table: store.resources, events, now: () => 0 });
  const limits = { maxBodyBytes: 1000, requestTimeoutMs: 2000 };
  const orchestrator = new Orchestrator({
    pool,
    clock,
    events,
    firstByteTimeoutMs: 10_000,
    idleTimeoutMs: 5000,
    ...limits,
    ...failoverOptions,
  });
  const call = createCaller(orchestrator);
  const router = new Router({ orchestrator, call, resources, pool, mover, clock, secret: 'secret', folder: tmpdir(), ...limits });
  const own = (name: string, account: string, expiresAtMs = 1000) => {
    const [kind = ''] = name.split('/');
    store.resources.put({ name, account, kind, state: undefined, answer: undefined, answerPath: undefined, expiresAtMs });
  };
  const handle = (line: string, bodyLength: number | 'unknown' = 0) => {
    const client = new FakeClient(bodyLength, line);
    router.handle(client);
    return client;
  };
  const served = () => workers.filter(({ streams }) => streams.length > 0).map(({ account }) => account);
  const expectRest = () => {
    expect(router.debugState()).toMatchObject({ held: 0, timed: 0 });
    expect(orchestrator.debugState().running).toBe(0);
  };
  return { clock, pool, workers, router, own, handle, served, expectRest };
}

describe('with one account', () => {
  it('a body goes on as it comes', () => {
    const { handle, workers } = start('anna');
    const client = handle(generate, 10);
    client.events?.onBody(bytes('12345'));
    expect(workers[0]?.last.written).toEqual(['12345']);
  });

  it('a body is held as soon as something belongs to another', () => {
    const { handle, own, served, router } = start('anna');
    own('files/b', 'berta');
    handle(generate, 10).events?.onBody(bytes('12345'));
    expect(served()).toEqual([]);
    expect(router.debugState().held).toBe(1);
  });
});

describe('with several accounts', () => {
  it('a request goes whole to the owner of what its body names', async () => {
    const { handle, own, served, workers } = start('anna', 'berta');
    own('files/b', 'berta');
    const client = handle(generate, 'unknown');
    const [first, second] = ['{"fileUri":"https://h/v1beta/fi', 'les/b"}'];
    client.events?.onBody(bytes(first));
    client.events?.onBody(bytes(second));
    client.events?.onBodyEnd();
    await turn();
    expect(served()).toEqual(['berta']);
    expect(workers[1]?.last.written.join('')).toBe(`${first}${second}end`);
  });

  it.each(['GET /v1beta/cachedContents/c', 'DELETE /v1alpha/cachedContents/c', 'GET /v1beta/cachedContents/c?fields=name'])(
    '%s goes to the owner',
    (line) => {
      const { handle, own, served } = start('anna', 'berta');
      own('cachedContents/c', 'berta');
      handle(line);
      expect(served()).toEqual(['berta']);
    },
  );

  it('a request without a body that names nothing goes to any worker at once', () => {
    const { handle, served } = start('anna', 'berta');
    handle('GET /v1beta/models');
    handle('GET /v1beta/models');
    expect(served()).toEqual(['anna', 'berta']);
  });

  it('what is made without naming anything goes to the account that was last given something', async () => {
    const { handle, own, workers } = start('anna', 'berta');
    own('files/old', 'anna', 1000);
    own('files/new', 'berta', 2000);
    for (let index = 0; index < 3; index += 1) {
      const client = handle('POST /v1beta/cachedContents', 2);
      client.events?.onBody(bytes('{}'));
      client.events?.onBodyEnd();
      await turn();
    }
    expect(workers.map(({ streams }) => streams.length)).toEqual([0, 3]);
  });

  it('a list asks each account in turn', async () => {
    const { handle, workers } = start('berta', 'anna');
    const client = handle('GET /v1beta/files?pageSize=3');
    for (const [account, files] of [
      ['anna', '[{"name":"files/a"},{"name":"files/b"}]'],
      ['berta', '[{"name":"files/c"}]'],
    ]) {
      const worker = workers.find((one) => one.account === account);
      await turn();
      worker?.last.events.onHead({ status: 200, headers: [['content-type', 'application/json']] });
      worker?.last.events.onData(bytes(`{"files":${files},"nextPageToken":"more"}`), true);
      if (account === 'anna') {
        await turn();
        expect(worker?.last.request.path).toBe('/v1beta/files?pageSize=1&pageToken=more');
        worker?.last.events.onHead({ status: 200, headers: [] });
        worker?.last.events.onData(bytes('{}'), true);
      }
    }
    await turn();
    expect(client.answer).toContain('"name": "files/c"');
    expect(client.answer).toMatch(/"nextPageToken": "gp\./);
  });
});

describe('a held request', () => {
  function hold(bodyLength: number | 'unknown' = 'unknown') {
    const started = start('anna', 'berta');
    return { ...started, client: started.handle(generate, bodyLength) };
  }

  it('is refused when its body stops', () => {
    const { client, clock, expectRest } = hold();
    clock.advance(1500);
    client.events?.onBody(bytes('x'));
    clock.advance(1500);
    expect(client.error).toBeUndefined();
    clock.advance(2000);
    expect(client.error?.reason).toBe('REQUEST_TIMEOUT');
    client.events?.onClosed(false);
    clock.advance(1000);
    expectRest();
  });

  it.each([
    ['says', 1001],
    ['turns out', 'unknown'],
  ] as const)('is refused when its body %s to be too large', (_, bodyLength) => {
    const { client, expectRest } = hold(bodyLength);
    client.events?.onBody(bytes('x'.repeat(1001)));
    expect(client.error?.reason).toBe('BODY_TOO_LARGE');
    client.events?.onClosed(false);
    expectRest();
  });

  it('is gone with its client', async () => {
    const { client, served, expectRest } = hold();
    client.events?.onBody(bytes('x'));
    client.events?.onClosed(false);
    await turn();
    expect(served()).toEqual([]);
    expectRest();
  });

  it('is refused when the gateway stops', () => {
    const { client, router, expectRest } = hold();
    router.destroy(new GatewayError('SHUTTING_DOWN', 'The gateway is stopping.'));
    expect(client.error?.reason).toBe('SHUTTING_DOWN');
    client.events?.onClosed(false);
    expectRest();
  });

  it('is refused when its body breaks', () => {
    const { client, expectRest } = hold();
    client.events?.onBroken(new GatewayError('MALFORMED_REQUEST', 'The body broke.'));
    expect(client.error?.reason).toBe('MALFORMED_REQUEST');
    client.events?.onClosed(false);
    expectRest();
  });
});

describe('with a mover', () => {
  function withMover(...accounts: readonly string[]) {
    const moved: string[] = [];
    const mover: FileMover = {
      canMove: () => true,
      hasCopy: () => false,
      copyAt: async (name, account) => {
        moved.push(`${name} to ${account}`);
        if (name === 'files/bad') throw new GatewayError('REUPLOAD_FAILED', 'It failed.');
        return `${name}-copy`;
      },
    };
    return { ...startWith(mover, accounts), moved };
  }

  async function ask(started: ReturnType<typeof withMover>, body: string) {
    const client = started.handle(generate, body.length);
    client.events?.onBody(bytes(body));
    client.events?.onBodyEnd();
    await turn();
    return client;
  }

  it('a request goes to an account that is there, with the names of copies', async () => {
    const started = withMover('berta');
    started.own('files/a', 'anna');
    await ask(started, '{"fileUri":"https://h/v1beta/files/a","text":"files/a"}');
    expect(started.moved).toEqual(['files/a to berta']);
    expect(started.workers[0]?.last.written.join('')).toBe(
      '{"fileUri":"https://h/v1beta/files/a-copy","text":"files/a-copy"}end',
    );
    expect(started.workers[0]?.last.request.headers).toEqual([]);
  });

  it('a path gets the name of the copy, but not where it is about the file itself', async () => {
    const started = withMover('berta');
    started.own('files/a', 'anna');
    started.handle('GET /v1beta/files/a:download?alt=media');
    await turn();
    expect(started.workers[0]?.last.request.path).toBe('/v1beta/files/a-copy:download?alt=media');
    const client = started.handle('DELETE /v1beta/files/a');
    await turn();
    expect(client.error?.reason).toBe('RESOURCE_OWNER_OFFLINE');
  });

  it('files of two accounts are brought together', async () => {
    const started = withMover('anna', 'berta');
    started.own('files/a', 'anna', 1000);
    started.own('files/b', 'berta', 2000);
    await ask(started, '["files/a","files/b"]');
    expect(started.served()).toEqual(['berta']);
    expect(started.workers[1]?.last.written.join('')).toBe('["files/a-copy","files/b"]end');
  });

  it('a request fails with its file', async () => {
    const started = withMover('berta');
    started.own('files/bad', 'anna');
    const client = await ask(started, '["files/bad"]');
    expect(client.error?.reason).toBe('REUPLOAD_FAILED');
    client.events?.onClosed(false);
    started.expectRest();
  });
});
