import { createHash, randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { fillPseudoRandom } from './byte-source.ts';
import { createTestCertificate, Http2Client, KEY, PATIENCE, startEmulator } from './testing.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('diagnostics', () => {
  it('echoes the bytes that it received', async () => {
    await using emulator = await startEmulator();
    for (const length of [0, 1, 70_000, 20_000_000]) {
      const body = randomBytes(length);
      const answer = await fetch(`${emulator.url}/v1beta/emulator/echo`, { method: 'POST', headers: KEY, body });
      expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(body));
      await expect
        .poll(() => emulator.received.requests.at(-1)?.answer, PATIENCE)
        .toEqual({ sha256: sha256(body), bytes: length });
      expect(emulator.received.requests.at(-1)?.body).toEqual({ sha256: sha256(body), bytes: length });
    }
  });

  it('digests the bytes that it received', async () => {
    await using emulator = await startEmulator();
    const body = randomBytes(200_000);
    const answer = await fetch(`${emulator.url}/v1beta/emulator/digest`, { method: 'POST', headers: KEY, body });
    expect(await answer.json()).toEqual({ sha256: sha256(body), bytes: body.byteLength });
  });

  it.each([65_536, 1000, 7])('gives pseudo-random bytes in chunks of %i', async (chunk) => {
    await using emulator = await startEmulator();
    const answer = await fetch(`${emulator.url}/v1/emulator/bytes/100001?seed=5&chunk=${chunk}`, { headers: KEY });
    const expected = new Uint8Array(100_001);
    fillPseudoRandom(expected, 5, 0);
    expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(expected));
  });

  it('makes no more bytes than the client takes', async () => {
    await using emulator = await startEmulator();
    const before = process.memoryUsage().rss;
    const request = get(`${emulator.url}/v1beta/emulator/bytes/300000000?key=emulator-key`);
    const answer = await new Promise<NodeJS.ReadableStream>((resolve) => request.once('response', resolve));
    let bytes = 0;
    for await (const chunk of answer) bytes += chunk.length;
    expect(bytes).toBe(300_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  it('floods with numbered events', async () => {
    await using emulator = await startEmulator();
    const answer = await fetch(`${emulator.url}/v1beta/emulator/sse?events=2000&bytes=50`, { headers: KEY });
    const events = (await answer.text()).split('\r\n\r\n').slice(0, -1);
    const texts = events.map((event): string => JSON.parse(event.slice(6)).candidates[0].content.parts[0].text);
    expect(texts.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 2000 }, (_, index) => index));
    expect(texts.every((text) => text.length === 50)).toBe(true);
  });

  it('works over HTTP/2', async () => {
    await using emulator = await startEmulator({ tls: await createTestCertificate() });
    await using client = new Http2Client(emulator.url);
    const { body } = await client.request('POST', '/v1beta/emulator/echo', 'é'.repeat(1_000_000));
    expect(body.toString()).toBe('é'.repeat(1_000_000));
    expect((await client.request('GET', '/v1beta/emulator/bytes/5000000')).body).toHaveLength(5_000_000);
  });

  it.each(['bytes/x', 'bytes/-1', 'sse?events=x', 'unheard-of'])('refuses %s', async (path) => {
    await using emulator = await startEmulator();
    const { status } = await fetch(`${emulator.url}/v1beta/emulator/${path}`, { headers: KEY });
    expect([400, 404]).toContain(status);
  });

  it('asks for the same credentials as the rest', async () => {
    await using emulator = await startEmulator();
    expect((await fetch(`${emulator.url}/v1beta/emulator/bytes/1`)).status).toBe(403);
  });
});
