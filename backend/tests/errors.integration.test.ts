import { describe, expect, it } from 'vitest';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { answering, connectScriptedWorker, echo, type Script } from './scripted-worker.ts';
import { clientKey, startGateway } from './start-gateway.ts';
import { ssePath, start, unaryPath, verdictOf, withKey } from './start-scripted.ts';

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
