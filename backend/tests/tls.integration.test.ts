import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { subprotocol } from '@gemini-proxy/protocol';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { clientKey, startGateway } from './start-gateway.ts';

const host = 'gateway.example';
let folder: string;
let tlsCert: string;
let tlsKey: string;
let ca: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-tls-'));
  const subjectAltName = { name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: host }] };
  const made = await generate([{ name: 'commonName', value: host }], { keyType: 'ec', extensions: [subjectAltName] });
  ca = made.cert;
  [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(tlsCert, made.cert);
  await writeFile(tlsKey, made.private);
});

afterAll(() => rm(folder, { recursive: true }));

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A request to the name of the certificate, which is checked. */
function call(port: number, path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const named = { host: `${host}:${port}`, ...headers };
    const options = { host: '127.0.0.1', port, path, method, headers: named, ca, servername: host, agent: false as const };
    const sent = request(options, (answer) => {
      answer.resume();
      answer.once('end', () => resolve({ status: answer.statusCode, headers: answer.headers }));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

describe('a gateway with a certificate', () => {
  it('speaks HTTPS under the names of the certificate, and says so in its addresses', async () => {
    await using started = await startGateway({ tlsCert, tlsKey });
    expect(started.url).toMatch(/^https:/);
    expect((await call(started.port, '/healthz')).status).toBe(200);
    expect((await call(started.port, '/healthz', { host: 'other.example' })).status).toBe(403);
    const begun = await call(
      started.port,
      '/upload/v1beta/files',
      { 'x-goog-api-key': clientKey, 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' },
      'POST',
    );
    expect(begun.headers['x-goog-upload-url']).toContain(`https://${host}:${started.port}/upload/`);
    const { code } = started.gateway.createConsoleLink(started.url);
    const signIn = JSON.stringify({ code });
    const session = await call(started.port, '/console/api/session', { 'content-type': 'application/json' }, 'POST', signIn);
    expect(String(session.headers['set-cookie'])).toMatch(/; Secure$/);
  });

  it('takes workers over wss://, also from its own bridge page', async () => {
    await using started = await startGateway({ tlsCert, tlsKey });
    for (const origin of [undefined, 'https://x.usercontent.goog', `https://${host}:${started.port}`]) {
      const headers = { host: `${host}:${started.port}`, ...(origin === undefined ? {} : { origin }) };
      const tlsOptions: ClientOptions & ConnectionOptions = { ca, servername: host };
      const socket = new WebSocket(`wss://127.0.0.1:${started.port}/worker`, subprotocol, { ...tlsOptions, headers });
      await new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      socket.terminate();
    }
  });

  it('does not start with files that cannot be used together', async () => {
    await expect(startGateway({ tlsCert })).rejects.toThrow('--tls-cert is set without --tls-key');
    await expect(startGateway({ tlsCert, tlsKey: join(folder, 'none.pem') })).rejects.toThrow('cannot be read (ENOENT)');
    await expect(startGateway({ tlsCert, tlsKey: tlsCert })).rejects.toThrow('expected a PEM private key');
    const other = await generate([{ name: 'commonName', value: host }], { keyType: 'ec' });
    await writeFile(join(folder, 'other.pem'), other.private);
    await expect(startGateway({ tlsCert, tlsKey: join(folder, 'other.pem') })).rejects.toThrow(
      'does not belong to the certificate',
    );
  });
});
