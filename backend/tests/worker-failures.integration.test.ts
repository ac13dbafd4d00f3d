import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { connectScriptedWorker, echo, failing, type Script } from './scripted-worker.ts';
import { startGateway } from './start-gateway.ts';
import { arrayPath, ssePath, start, unaryPath, verdictOf, withKey } from './start-scripted.ts';

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
