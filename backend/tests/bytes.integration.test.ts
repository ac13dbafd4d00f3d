import { createHash, randomBytes } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { answering, connectScriptedWorker, echo } from './scripted-worker.ts';
import { clientKey, startGateway } from './start-gateway.ts';

const path = '/v1beta/models/gemini-2.5-flash:generateContent';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('bytes', () => {
  it('reach the worker and the client as they were sent, whatever their size', async () => {
    await using started = await startGateway();
    await using _worker = await connectScriptedWorker({ port: started.port, script: echo });
    for (const size of [1, 13, 4096, 65_535, 65_536, 262_144, 262_145, 1_000_003, 20 * 1024 * 1024]) {
      const body = randomBytes(size);
      const answer = await fetch(`${started.url}${path}`, { method: 'POST', body, headers: { 'x-goog-api-key': clientKey } });
      expect(answer.status).toBe(200);
      expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(body));
    }
    await expectBaseline(started.gateway);
  });

  it('keep their order when many requests share a session', async () => {
    await using started = await startGateway();
    await using _worker = await connectScriptedWorker({ port: started.port, script: echo });
    const hashes = await Promise.all(
      Array.from({ length: 256 }, async (_, index) => {
        const body = randomBytes(1 + index * 997);
        const answer = await fetch(`${started.url}${path}`, { method: 'POST', body, headers: { 'x-goog-api-key': clientKey } });
        return [sha256(new Uint8Array(await answer.arrayBuffer())), sha256(body)];
      }),
    );
    for (const [received, sent] of hashes) expect(received).toBe(sent);
    await expectBaseline(started.gateway);
  });

  it('pass with any method and content type', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    const cases = [
      ['GET', '{"a":1}', 'application/json'],
      ['DELETE', '{}', 'application/json'],
      ['POST', "{'single': 'quotes',}", 'application/x-www-form-urlencoded'],
      ['POST', 'x', 'no type at all;;;'],
      ['PATCH', 'ünï', 'text/plain;charset=UTF-8'],
      ['PUT', '', undefined],
    ] as const;
    for (const [method, body, contentType] of cases) {
      const bytes = Buffer.from(body);
      const headers = {
        'x-goog-api-key': clientKey,
        'content-length': bytes.length,
        ...(contentType ? { 'content-type': contentType } : {}),
      };
      const { status, text } = await sendRaw(`${started.url}/v1alpha/anything`, method, headers, bytes);
      expect([status, text]).toEqual([200, body]);
      expect(worker.streams.at(-1)?.request.method).toBe(method);
      expect(worker.streams.at(-1)?.request.headers.find(([name]) => name === 'content-type')?.[1]).toBe(contentType);
    }
    await expectBaseline(started.gateway);
  });

  it('take path and query along, without the credentials', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    const answer = await fetch(`${started.url}//v1beta/files/a%20b:c?alt=sse&key=${clientKey}&pageSize=2`, {
      headers: { authorization: 'Bearer x', 'x-goog-api-client': 'sdk/1', 'proxy-connection': 'keep-alive' },
    });
    expect(answer.status).toBe(200);
    const { request } = worker.streams[0] ?? {};
    expect(request?.path).toBe('/v1beta/files/a%20b:c?alt=sse&pageSize=2');
    const names = request?.headers.map(([name]) => name);
    expect(names).toContain('x-goog-api-client');
    for (const name of ['authorization', 'host', 'connection', 'proxy-connection']) expect(names).not.toContain(name);
  });

  it.each([
    ['/v1beta/files/%E9%2F;a=b?q=%ff?r#s', '/v1beta/files/%E9%2F;a=b?q=%ff?r#s'],
    ['/v1%62eta/models', '/v1%62eta/models'],
    ['/v1beta/a/b/../', '/v1beta/a/b/../'],
    ['/v1beta//a//b?q=//', '/v1beta/a/b?q=//'],
    ['/v1beta/v1/models', '/v1/models'],
    ['/models?pageSize=2', '/v1beta/models?pageSize=2'],
    [`/v1alpha/${'x'.repeat(30_000)}?`, `/v1alpha/${'x'.repeat(30_000)}?`],
    ['http://localhost:1/v1/models?key=K&pageSize=2', '/v1/models?pageSize=2'],
    ['//v1beta/models', '/v1beta/models'],
  ])('ask for %s as the client does', async (target, expected) => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${target}`));
    await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(worker.streams[0]?.request.path).toBe(expected);
  });

  it('ask in whatever method the client has', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    using client = await connectRaw(started.port);
    client.socket.write(head('PROPFIND /v1beta/models'));
    await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(worker.streams[0]?.request.method).toBe('PROPFIND');
  });

  it('come back with the upstream status and headers, and a length where the answer is small', async () => {
    await using started = await startGateway();
    const headers: [string, string][] = [
      ['content-type', 'application/json; charset=UTF-8'],
      ['vary', 'Origin'],
      ['vary', 'X-Origin'],
      ['server-timing', 'gfet4t7; dur=12'],
      ['date', 'Mon, 01 Jan 2024 00:00:00 GMT'],
      ['connection', 'x-hop'],
      ['x-hop', 'dropped'],
    ];
    await using _worker = await connectScriptedWorker({ port: started.port, script: answering(429, headers, '{"error":{}}\n') });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${path}`));
    await expect.poll(() => client.text).toContain('{"error":{}}\n');
    const [statusLine, ...lines] = client.text.split('\r\n\r\n')[0]?.split('\r\n') ?? [];
    expect(statusLine).toBe('HTTP/1.1 429 Too Many Requests');
    expect(lines.map((line) => line.toLowerCase()).sort()).toEqual([
      'content-length: 13',
      'content-type: application/json; charset=utf-8',
      'date: mon, 01 jan 2024 00:00:00 gmt',
      'server-timing: gfet4t7; dur=12',
      'vary: origin',
      'vary: x-origin',
    ]);
    expect(client.reads).toHaveLength(1);
  });

  it('of a small request travel in one message with its head, and so do those of its answer', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: answering(200, [], 'small') });
    const sizes: number[] = [];
    worker.socket.on('message', (message: Buffer) => sizes.push(message.length));
    using client = await connectRaw(started.port);
    for (let count = 1; count <= 3; count += 1) {
      client.socket.write(`${head(`POST ${path}`, ['Content-Length: 500'])}${'x'.repeat(500)}`);
      await expect.poll(() => client.reads.length).toBe(count);
    }
    expect(sizes).toHaveLength(3);
    for (const size of sizes) expect(size).toBeGreaterThan(500);
  });

  it('send the head before the body comes', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({
      port: started.port,
      script: (stream) => {
        stream.sendHead({ status: 200, headers: [['content-type', 'text/event-stream']] });
        return {};
      },
    });
    const answer = await fetch(`${started.url}${path}`, { headers: { 'x-goog-api-key': clientKey } });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const [stream] = worker.streams;
    const reader = answer.body?.getReader();
    for (const event of ['data: 1\r\n\r\n', 'data: 2\r\n\r\n']) {
      stream?.write(new TextEncoder().encode(event));
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(event);
    }
    stream?.end();
    expect((await reader?.read())?.done).toBe(true);
    await expectBaseline(started.gateway);
  });

  it.each(['HEAD', 'GET'])('do not come where there are none: %s', async (method) => {
    await using started = await startGateway();
    const status = method === 'HEAD' ? 200 : 204;
    const headers: [string, string][] = method === 'HEAD' ? [['content-length', '1234']] : [];
    await using _worker = await connectScriptedWorker({ port: started.port, script: answering(status, headers, '') });
    const answer = await fetch(`${started.url}${path}`, { method, headers: { 'x-goog-api-key': clientKey } });
    expect([answer.status, await answer.text()]).toEqual([status, '']);
    expect(answer.headers.get('content-length')).toBe(method === 'HEAD' ? '1234' : null);
  });

  it('are asked for only once a worker is there (Expect: 100-continue)', async () => {
    await using started = await startGateway();
    using early = await connectRaw(started.port);
    early.socket.write(head(`POST ${path}`, ['Expect: 100-continue', 'Content-Length: 5']));
    await early.closed;
    expect(early.text).toMatch(/^HTTP\/1\.1 503 /);

    await using _worker = await connectScriptedWorker({ port: started.port, script: echo });
    using client = await connectRaw(started.port);
    await expect.poll(() => started.gateway.workers()[0]?.state).toBe('ready');
    client.socket.write(head(`POST ${path}`, ['Expect: 100-continue', 'Content-Length: 5']));
    await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.socket.write('hello');
    await expect.poll(() => client.text).toMatch(/HTTP\/1\.1 200 OK[\s\S]*hello\r\n0/);
  });
});

async function sendRaw(url: string, method: string, headers: Record<string, string | number>, body: Buffer) {
  const agent = new Agent();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(url, { method, headers, agent }, resolve).on('error', reject).end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  agent.destroy();
  return { status: answer.statusCode, text: Buffer.concat(chunks).toString() };
}
