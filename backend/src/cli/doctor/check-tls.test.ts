import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkTls } from './check-tls.ts';

const notBeforeDate = new Date('2026-01-01T00:00:00Z');
const notAfterDate = new Date('2026-12-31T00:00:00Z');
const within = Date.parse('2026-06-01T00:00:00Z');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-tls-'));
  const options = { keyType: 'ec', algorithm: 'sha256', notBeforeDate, notAfterDate } as const;
  const [own, other] = await Promise.all(
    [1, 2].map(() => generate([{ name: 'commonName', value: 'gateway.example.com' }], options)),
  );
  write('cert.pem', own?.cert);
  write('key.pem', own?.private);
  write('other.pem', other?.private);
  write('text.pem', 'hello');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text = ''): void {
  writeFileSync(join(folder, name), text);
}

function check(certificate: string | undefined, key: string | undefined, now = within) {
  const path = (name: string | undefined) => (name === undefined ? undefined : join(folder, name));
  return checkTls({ certificatePath: path(certificate), keyPath: path(key), now });
}

it('takes a pair that is valid today, and no TLS at all', async () => {
  expect(await check('cert.pem', 'key.pem')).toEqual({
    check: 'tls',
    severity: 'ok',
    text: 'The certificate for DNS:gateway.example.com is valid until 2026-12-31.',
  });
  expect((await check(undefined, undefined)).severity).toBe('ok');
});

it.each([
  {
    note: 'a certificate without a key',
    files: ['cert.pem', undefined],
    text: '--tls-cert is set without --tls-key',
    remedy: 'Set --tls-key',
  },
  {
    note: 'a key without a certificate',
    files: [undefined, 'key.pem'],
    text: '--tls-key is set without --tls-cert',
    remedy: 'Set --tls-cert',
  },
  { note: 'a file that is not there', files: ['none.pem', 'key.pem'], text: 'cannot be read (ENOENT)', remedy: 'PEM file' },
  {
    note: 'a file of something else',
    files: ['cert.pem', 'text.pem'],
    text: 'is not in PEM form',
    remedy: 'without a passphrase',
  },
  {
    note: 'files that are no pair',
    files: ['cert.pem', 'other.pem'],
    text: 'does not belong to the certificate',
    remedy: 'made together',
  },
  { note: 'an expired one', files: ['cert.pem', 'key.pem'], at: '2027-01-01', text: 'expired on 2026-12-31', remedy: 'Renew it' },
  {
    note: 'one of the future',
    files: ['cert.pem', 'key.pem'],
    at: '2025-01-01',
    text: 'is not valid before 2026-01-01',
    remedy: 'Check the clock',
  },
])('finds $note', async ({ files: [certificate, key], at, text, remedy }) => {
  const finding = await check(certificate, key, at === undefined ? within : Date.parse(at));
  expect(finding).toMatchObject({
    severity: 'problem',
    text: expect.stringContaining(text),
    remedy: expect.stringContaining(remedy),
  });
});

it('notes one that is about to expire', async () => {
  expect(await check('cert.pem', 'key.pem', Date.parse('2026-12-20'))).toMatchObject({
    severity: 'note',
    remedy: expect.any(String),
  });
});
