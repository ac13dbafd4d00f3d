import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BASELINE, createTestCertificate, FLASH, HELLO, Http2Client, KEY, PATIENCE, startEmulator } from './testing.ts';

/** Sends bytes as they are and returns the answer as it came over the wire. */
function exchangeRaw(url: string, head: string, body = ''): Promise<string> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `${head.replaceAll('\n', '\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  return readText(socket);
}

describe('wire form', () => {
  it('prints a whole answer with two spaces and a newline, under the service’s headers in lower case', async () => {
    await using emulator = await startEmulator();
    const answer = await exchangeRaw(
      emulator.url,
      `POST ${FLASH}:generateContent HTTP/1.1\nhost: x\nx-goog-api-key: emulator-key`,
      HELLO,
    );
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const names = head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(':')[0]);
    expect(names.every((name) => name === name?.toLowerCase())).toBe(true);
    expect(names.filter((name) => name === 'vary')).toHaveLength(3);
    expect(head).toContain('server: scaffolding on HTTPServer2\r\n');
    expect(head).toMatch(/server-timing: gfet4t7; dur=\d+\r\n/);
    expect(head).toContain('content-type: application/json; charset=UTF-8');
    expect(body).toBe(`${JSON.stringify(JSON.parse(body), undefined, 2)}\n`);
  });

  it('frames events with CRLF and nothing but data lines', async () => {
    await using emulator = await startEmulator({ defaults: { chunkCount: 3 } });
    const answer = await fetch(`${emulator.url}${FLASH}:streamGenerateContent?alt=sse`, {
      method: 'POST',
      headers: KEY,
      body: HELLO,
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('content-disposition')).toBe('attachment');
    const events = (await answer.text()).split('\r\n\r\n');
    expect(events.pop()).toBe('');
    expect(events).toHaveLength(3);
    for (const event of events) expect(event).toMatch(/^data: \{"candidates": \[\{"content": \{"parts": \[\{"text": "[^\n]*\}$/);
  });

  it('streams an array without alt=sse', async () => {
    await using emulator = await startEmulator({ defaults: { chunkCount: 3 } });
    const answer = await fetch(`${emulator.url}${FLASH}:streamGenerateContent`, { method: 'POST', headers: KEY, body: HELLO });
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(text).toMatch(/^\[\{\n[\s\S]*\n\}\n,\r\n\{\n[\s\S]*\n\}\n,\r\n\{\n[\s\S]*\n\}\n\]$/);
    expect(JSON.parse(text)).toHaveLength(3);
  });

  it('compresses for clients that accept it, each event readable at once, unless switched off', async () => {
    await using emulator = await startEmulator({ defaults: { chunkCount: 2, fault: { kind: 'hang', afterChunks: 1 } } });
    const leaving = new AbortController();
    const options = { method: 'POST', headers: { ...KEY, 'accept-encoding': 'gzip' }, body: HELLO, signal: leaving.signal };
    const answer = await fetch(`${emulator.url}${FLASH}:streamGenerateContent?alt=sse`, options);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    const { value } = (await answer.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toMatch(/^data: .*\r\n\r\n$/);
    leaving.abort();
    await using plain = await startEmulator({ gzip: false });
    expect((await fetch(`${plain.url}/v1beta/models`, { headers: KEY })).headers.get('content-encoding')).toBeNull();
  });

  it('compresses whole answers to what they are without compression', async () => {
    await using emulator = await startEmulator();
    const get = (acceptEncoding: string) =>
      new Promise<Buffer>((resolve) => {
        httpRequest(
          `${emulator.url}/v1beta/models`,
          { headers: { ...KEY, 'accept-encoding': acceptEncoding } },
          async (answer) => {
            resolve(Buffer.concat(await answer.toArray()));
          },
        ).end();
      });
    expect(gunzipSync(await get('gzip, deflate')).equals(await get('identity'))).toBe(true);
    expect((await get('gzip;q=0')).toString()).toContain('"models"');
  });

  it('compresses a large answer too', async () => {
    await using emulator = await startEmulator({ defaults: { chunkCount: 1, chunkBytes: 200_000 } });
    const answer = await fetch(`${emulator.url}${FLASH}:generateContent`, { method: 'POST', headers: KEY, body: HELLO });
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(50_000);
    const { candidates } = JSON.parse(await answer.text());
    expect(candidates[0].content.parts[0].text).toHaveLength(200_000);
  });

  it('serves HTTP/2 over TLS with a limit of streams, and HTTP/1.1 beside it', async () => {
    await using emulator = await startEmulator({ tls: await createTestCertificate(), maxConcurrentStreams: 7 });
    await using client = new Http2Client(emulator.url);
    const { headers, body } = await client.request('POST', `${FLASH}:generateContent`, HELLO);
    expect(headers[':status']).toBe(200);
    expect(headers.vary).toBe('Origin, X-Origin, Referer');
    expect(JSON.parse(body.toString())).toHaveProperty('modelVersion', 'gemini-2.5-flash');
    expect(client.session.remoteSettings.maxConcurrentStreams).toBe(7);
    expect(emulator.received.requests.map(({ httpVersion }) => httpVersion)).toEqual(['2.0']);
    expect(emulator.received.requests[0]?.answer?.bytes).toBe(body.byteLength);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
    expect(emulator.received.requests[0]?.isAborted).toBe(false);
  });

  it('grants a browser’s preflight without a key and exposes what the service exposes', async () => {
    await using emulator = await startEmulator();
    const origin = 'https://page.example';
    const preflight = await fetch(`${emulator.url}${FLASH}:generateContent`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-goog-api-key,x-other' },
    });
    expect(preflight.status).toBe(200);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT',
      'access-control-allow-headers': 'x-goog-api-key,x-other',
      'access-control-max-age': '3600',
    });
    const refused = await fetch(`${emulator.url}/v1beta/models`, { headers: { origin } });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
    expect(refused.headers.get('access-control-expose-headers')).toBe(
      'vary,vary,vary,content-encoding,date,server,content-length',
    );
  });
});
