import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Config } from '../src/index.ts';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { answering, connectScriptedWorker, echo, failing, type Script } from './scripted-worker.ts';
import { clientKey, type StartedGateway, startGateway } from './start-gateway.ts';

const unaryPath = '/v1beta/models/gemini-2.5-flash:generateContent';
const ssePath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse';
const arrayPath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent';
const withKey = { 'x-goog-api-key': clientKey };

interface GoogleError {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details: readonly { readonly reason?: string; readonly domain?: string }[];
  };
}

/** Status, Google's status name and the stable reason of an error answer. */
async function verdictOf(answer: Response): Promise<readonly [number, string, string | undefined]> {
  const parsed = JSON.parse(await answer.text()) as GoogleError | [GoogleError];
  const { error } = Array.isArray(parsed) ? parsed[0] : parsed;
  expect(error.code).toBe(answer.status);
  expect(error.details[0]?.domain).toBe('gemini-proxy');
  return [answer.status, error.status, error.details[0]?.reason];
}

/** A gateway with one worker that follows the script. */
async function start(script: Script, config: Partial<Config> = {}): Promise<StartedGateway & AsyncDisposable> {
  const started = await startGateway(config);
  await connectScriptedWorker({ port: started.port, script });
  await expect.poll(() => started.gateway.workers()[0]?.state).toBe('ready');
  return started;
}

describe('at the door', () => {
  it.each([
    ['no key', unaryPath, {}, [403, 'PERMISSION_DENIED', 'CLIENT_KEY_MISSING']],
    ['a wrong key', unaryPath, { 'x-goog-api-key': 'AIzaWrong' }, [400, 'INVALID_ARGUMENT', 'CLIENT_KEY_INVALID']],
    ['an unknown path', '/v2/models', withKey, [404, 'NOT_FOUND', 'UNKNOWN_PATH']],
    ['the bare version', '/v1beta', withKey, [404, 'NOT_FOUND', 'UNKNOWN_PATH']],
    ['a path that is not percent-encoded right', '/v1beta/models/%zz', withKey, [400, 'INVALID_ARGUMENT', 'MALFORMED_REQUEST']],
    ['no worker', unaryPath, withKey, [503, 'UNAVAILABLE', 'NO_WORKER_READY']],
  ])('%s is answered in the form of the Gemini API', async (_note, path, headers, expected) => {
    await using started = await startGateway();
    const answer = await fetch(`${started.url}${path}`, { method: 'POST', body: '{"broken', headers });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(await verdictOf(answer)).toEqual(expected);
    await expectBaseline(started.gateway);
  });

  it('turns away a host name that it does not know, unless it was told to', async () => {
    await using strict = await startGateway();
    using client = await connectRaw(strict.port);
    client.socket.write(head(`GET ${unaryPath}`).replace('localhost', 'evil.example'));
    await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 403 [\s\S]*HOST_NOT_ALLOWED/);
    await using lenient = await startGateway({ allowedHosts: ['evil.example'] });
    using other = await connectRaw(lenient.port);
    other.socket.write(head(`GET ${unaryPath}`).replace('localhost', 'evil.example'));
    await expect.poll(() => other.text).toContain('NO_WORKER_READY');
  });

  it('answers what is not HTTP in the same form, and closes', async () => {
    await using started = await startGateway();
    using client = await connectRaw(started.port);
    client.socket.write('NONSENSE\r\n\r\n');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 [\s\S]*MALFORMED_REQUEST/);
  });

  it('answers a body that stops being HTTP', async () => {
    await using started = await start(() => ({}));
    using client = await connectRaw(started.port);
    client.socket.write(`${head(`POST ${unaryPath}`, ['Transfer-Encoding: chunked'])}3\r\nabc\r\nnot a length\r\n`);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 [\s\S]*MALFORMED_REQUEST/);
    await expectBaseline(started.gateway);
  });

  it('writes no secret and no query to the log', async () => {
    await using started = await start(echo);
    await fetch(`${started.url}${unaryPath}?key=AIzaWrongButSecret`);
    await fetch(`${started.url}/v1beta/%zz?key=AIzaWrongButSecret`);
    await (await fetch(`${started.url}${unaryPath}?key=${clientKey}`, { method: 'POST', body: 'private' })).text();
    const log = started.log.join('\n');
    for (const secret of ['AIzaWrongButSecret', clientKey, 'gp-worker-test', 'private']) expect(log).not.toContain(secret);
  });
});

describe('CORS', () => {
  it('answers a preflight, which carries no key, as the Gemini API does', async () => {
    await using started = await startGateway();
    const answer = await fetch(`${started.url}${unaryPath}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-goog-api-key',
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(answer.headers.get('access-control-allow-methods')).toBe('DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT');
    expect(answer.headers.get('access-control-allow-headers')).toBe('x-goog-api-key');
    expect(answer.headers.get('access-control-max-age')).toBe('3600');
  });

  it.each([
    ['adds the origin where the answer has none', [], 'https://app.example'],
    ['leaves the answer alone where it has its own', [['access-control-allow-origin', '*']], '*'],
  ] as const)('%s', async (_note, headers, expected) => {
    await using started = await start(
      answering(
        200,
        headers.map(([name, value]) => [name, value]),
        '{}',
      ),
    );
    const answer = await fetch(`${started.url}${unaryPath}`, { headers: { ...withKey, origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(expected);
    const plain = await fetch(`${started.url}${unaryPath}`, { headers: withKey });
    expect(plain.headers.get('access-control-allow-origin')).toBe(headers.length > 0 ? '*' : null);
  });

  it("lets a page read the gateway's own errors", async () => {
    await using started = await startGateway();
    const answer = await fetch(`${started.url}${unaryPath}`, { headers: { origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
  });
});

describe('limits and deadlines', () => {
  it.each(['with', 'without'])('refuses a body that is too large, %s a declared length', async (declared) => {
    await using started = await start(echo, { maxBodyBytes: 100_000 });
    const bytes = new Uint8Array(200_000);
    const body = declared === 'with' ? bytes : new Blob([bytes]).stream();
    const answer = await fetch(`${started.url}${unaryPath}`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: withKey,
    } as RequestInit);
    if (declared === 'with') expect(await verdictOf(answer)).toEqual([413, 'INVALID_ARGUMENT', 'BODY_TOO_LARGE']);
    else await answer.text().catch(() => undefined);
    await expectBaseline(started.gateway);
  });

  it('refuses a body that turns out too large before the answer began, and resets the stream', async () => {
    await using started = await startGateway({ maxBodyBytes: 100_000 });
    await using worker = await connectScriptedWorker({ port: started.port, script: () => ({}) });
    const body = new Blob([new Uint8Array(200_000)]).stream();
    const init = { method: 'POST', body, duplex: 'half', headers: withKey } as RequestInit;
    expect(await verdictOf(await fetch(`${started.url}${unaryPath}`, init))).toEqual([413, 'INVALID_ARGUMENT', 'BODY_TOO_LARGE']);
    await expectBaseline(started.gateway);
    // A stream that was never sent need not be reset.
    await expect.poll(() => worker.resets.length).toBe(worker.streams.length);
  });

  it('gives up on a client that stops sending', async () => {
    await using started = await start(() => ({}), { requestTimeoutMs: 100 });
    using client = await connectRaw(started.port);
    client.socket.write(`${head(`POST ${unaryPath}`, ['Content-Length: 10'])}abc`);
    await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 408 [\s\S]*REQUEST_TIMEOUT/);
    await expectBaseline(started.gateway);
  });

  it('gives up on an answer that does not begin', async () => {
    await using started = await start(() => ({}), { firstByteTimeoutMs: 100 });
    const answer = await fetch(`${started.url}${unaryPath}`, { method: 'POST', body: '{}', headers: withKey });
    expect(await verdictOf(answer)).toEqual([504, 'DEADLINE_EXCEEDED', 'FIRST_BYTE_TIMEOUT']);
    await expectBaseline(started.gateway);
  });

  it('gives up on an answer that falls silent', async () => {
    const silent: Script = (stream) => {
      stream.sendHead({ status: 200, headers: [['content-type', 'text/event-stream']] });
      stream.write(new TextEncoder().encode('data: {}\r\n\r\n'));
      return {};
    };
    await using started = await start(silent, { idleTimeoutMs: 100 });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${ssePath}`));
    await client.closed;
    expect(client.text).toContain('"reason": "IDLE_TIMEOUT"');
    await expectBaseline(started.gateway);
  });

  it('lets no client hold a slot for ever by not reading', async () => {
    const endless: Script = (stream) => {
      stream.sendHead({ status: 200, headers: [] });
      const send = () => {
        while (stream.write(new Uint8Array(65_536)));
      };
      send();
      return { onWritable: send };
    };
    await using started = await start(endless, { idleTimeoutMs: 200 });
    using client = await connectRaw(started.port);
    client.socket.pause();
    client.socket.write(head(`GET ${unaryPath}`));
    await expect.poll(() => started.gateway.debugState().pool.leases).toBe(1);
    await expectBaseline(started.gateway);
    expect(started.gateway.counters().requestsCancelled).toBe(1);
  });
});

describe('a worker that fails before the head', () => {
  it.each([
    ['UPSTREAM_UNREACHABLE', [502, 'UNAVAILABLE', 'UPSTREAM_UNREACHABLE']],
    ['FIRST_BYTE_TIMEOUT', [504, 'DEADLINE_EXCEEDED', 'FIRST_BYTE_TIMEOUT']],
    ['INTERNAL', [502, 'UNAVAILABLE', 'WORKER_LOST']],
    ['REFUSED', [503, 'UNAVAILABLE', 'ALL_WORKERS_BUSY']],
  ] as const)('with %s is reported', async (code, expected) => {
    await using started = await start(failing(code, 'the hook is gone', true));
    const answer = await fetch(`${started.url}${unaryPath}`, { method: 'POST', body: '{}', headers: withKey });
    expect(await verdictOf(answer)).toEqual(expected);
    await expectBaseline(started.gateway);
  });

  it('answers an SSE call with the type of an event stream, and a call for an array with an array', async () => {
    await using started = await start(failing('UPSTREAM_UNREACHABLE', 'no route', true));
    const sse = await fetch(`${started.url}${ssePath}`, { method: 'POST', body: '{}', headers: withKey });
    expect(sse.headers.get('content-type')).toBe('text/event-stream');
    expect(await sse.text()).toMatch(/^\{\n {2}"error": \{/);
    const array = await fetch(`${started.url}${arrayPath}`, { method: 'POST', body: '{}', headers: withKey });
    expect(await array.json()).toMatchObject([{ error: { code: 502 } }]);
  });

  it('gives its request to another one when the upstream has not seen it', async () => {
    await using started = await startGateway();
    const refusing: Script = (stream) => ({ onData: (_, end) => void (end && failing('REFUSED', 'draining', false)(stream)) });
    await using refuser = await connectScriptedWorker({ port: started.port, script: refusing, hello: { workerId: 'refuser' } });
    await using server = await connectScriptedWorker({ port: started.port, script: echo, hello: { workerId: 'server' } });
    await expect.poll(() => started.gateway.workers().filter(({ state }) => state === 'ready').length).toBe(2);
    for (let index = 0; index < 4; index += 1) {
      const answer = await fetch(`${started.url}${unaryPath}`, { method: 'POST', body: `body ${index}`, headers: withKey });
      expect(await answer.text()).toBe(`body ${index}`);
    }
    expect(refuser.streams.length).toBeGreaterThan(0);
    expect(server.streams).toHaveLength(4);
    expect(server.streams.map(({ request }) => request.attempt)).not.toContain(refuser.streams[0]?.request.attempt);
    await expectBaseline(started.gateway);
  });

  it('is reported as lost when its socket breaks', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: () => ({}) });
    const answer = fetch(`${started.url}${unaryPath}`, { headers: withKey });
    await expect.poll(() => worker.streams.length).toBe(1);
    worker.socket.terminate();
    expect(await verdictOf(await answer)).toEqual([502, 'UNAVAILABLE', 'WORKER_LOST']);
    await expectBaseline(started.gateway);
  });
});

describe('the waiting line', () => {
  it('outlives the only worker, and goes on with the next', async () => {
    await using started = await startGateway({ workerWaitMs: 20_000 });
    const slots = { slots: 1 };
    await using lost = await connectScriptedWorker({ port: started.port, script: () => ({}), hello: slots });
    const running = fetch(`${started.url}${unaryPath}`, { headers: withKey });
    await expect.poll(() => lost.streams.length).toBe(1);
    const waiting = Array.from({ length: 5 }, (_, index) =>
      fetch(`${started.url}${unaryPath}`, { method: 'POST', body: `body ${index}`, headers: withKey }),
    );
    await expect.poll(() => started.gateway.debugState().pool.waiting).toBe(5);
    lost.socket.terminate();
    await using _next = await connectScriptedWorker({ port: started.port, script: echo, hello: slots });
    const answers = await Promise.all(waiting.map(async (answer) => (await answer).text()));
    expect(answers).toEqual(['body 0', 'body 1', 'body 2', 'body 3', 'body 4']);
    expect((await running).status).toBe(200);
    await expectBaseline(started.gateway);
  });
});

describe('a worker that fails after the head', () => {
  const events = 'data: {"candidates": []}\r\n\r\n';
  const begin = (contentType: string, body: string): Script => {
    return (stream) => {
      stream.sendHead({ status: 200, headers: [['content-type', contentType]] });
      stream.write(new TextEncoder().encode(body));
      return {};
    };
  };

  it('ends an SSE answer with a bare error in a read of its own, and a broken connection', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: begin('text/event-stream', events) });
    using client = await connectRaw(started.port);
    client.socket.write(`${head(`POST ${ssePath}`, ['Content-Length: 2'])}{}`);
    await expect.poll(() => client.text).toContain(events);
    worker.socket.terminate();
    await client.closed;
    const last = client.reads.at(-1) ?? '';
    expect(client.reads.slice(0, -1).join('')).toContain(events);
    // One chunk of the chunked coding, without the chunk that would end the answer.
    const [, size = '', json = ''] = /^([0-9a-f]+)\r\n([\s\S]*)\r\n$/.exec(last) ?? [];
    expect(json).toHaveLength(Number.parseInt(size, 16));
    expect(json).toMatch(/^\{\n {2}"error": \{\n/);
    expect(JSON.parse(json)).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE', details: [{ reason: 'WORKER_LOST' }] } });
    expect(client.text).not.toMatch(/\[DONE\]|^:/m);
    await expectBaseline(started.gateway);
  });

  it('resets the connection of an HTTP/1.0 client, for which a close would complete the answer', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: begin('application/json', '[{"a":1}\n') });
    using client = await connectRaw(started.port);
    const failure = once(client.socket, 'error');
    client.socket.write(head(`GET ${unaryPath}`).replace('HTTP/1.1', 'HTTP/1.0'));
    await expect.poll(() => client.text).toContain('{"a":1}');
    worker.socket.terminate();
    expect(await failure).toMatchObject([{ code: 'ECONNRESET' }]);
    await expectBaseline(started.gateway);
  });

  it('keeps the error apart from events that were sent just before it', async () => {
    const eventsThenReset: Script = (stream) => {
      stream.sendHead({ status: 200, headers: [['content-type', 'text/event-stream']] });
      stream.write(new TextEncoder().encode(events));
      setImmediate(() => setImmediate(() => failing('UPSTREAM_CUT', 'connection reset', true)(stream)));
      return {};
    };
    await using started = await start(eventsThenReset);
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${ssePath}`));
    await client.closed;
    expect(client.reads.at(-1)).toMatch(/^[0-9a-f]+\r\n\{\n {2}"error"/);
    await expectBaseline(started.gateway);
  });

  it.each([
    ['a JSON answer', 'application/json; charset=UTF-8', '[{"a":1}\n'],
    ['a compressed event stream', 'text/event-stream; compressed', 'xxxx'],
  ])('breaks the connection of %s without a word', async (note, contentType, body) => {
    const script: Script = (stream) => {
      const encoding: [string, string][] = note.includes('compressed') ? [['content-encoding', 'gzip']] : [];
      stream.sendHead({ status: 200, headers: [['content-type', contentType], ...encoding] });
      stream.write(new TextEncoder().encode(body));
      return {};
    };
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${ssePath}`));
    await expect.poll(() => client.text).toContain(body);
    worker.socket.terminate();
    await client.closed;
    expect(client.text.endsWith(`${body}\r\n`)).toBe(true);
    await expectBaseline(started.gateway);
  });

  it.each(['shorter', 'longer'])('never passes off as complete an answer that is %s than its head says', async (note) => {
    const declared = note === 'shorter' ? '10' : '2';
    await using started = await start((stream) => {
      stream.sendHead({ status: 200, headers: [['content-length', declared]] });
      stream.write(new TextEncoder().encode('abcd'));
      setImmediate(() => stream.end());
      return {};
    });
    const answer = fetch(`${started.url}${unaryPath}`, { headers: withKey }).then((response) =>
      response.ok ? response.text() : Promise.reject(new Error('refused')),
    );
    await expect(answer).rejects.toThrow();
    await expectBaseline(started.gateway);
  });
});

describe('an answer that comes before the request is complete', () => {
  it('reaches the client, and the rest of the body goes nowhere', async () => {
    await using started = await startGateway();
    const early: Script = (stream) => {
      stream.sendHead({ status: 400, headers: [] });
      stream.end(new TextEncoder().encode('no'));
      return {};
    };
    await using worker = await connectScriptedWorker({ port: started.port, script: early });
    using client = await connectRaw(started.port);
    client.socket.write(head(`POST ${unaryPath}`, ['Content-Length: 400000']));
    await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 400 [\s\S]*no$/);
    client.socket.write(Buffer.alloc(400_000));
    await expectBaseline(started.gateway);
    client.socket.write(head(`GET ${unaryPath}`));
    await expect.poll(() => client.text.match(/HTTP\/1\.1 400/g)?.length).toBe(2);
    expect(worker.streams).toHaveLength(2);
  });
});

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
