import { expect, test } from 'vitest';
import { hostAllowed } from './host.ts';

const config = { host: 'box.lan', allowedHosts: ['gateway.example'] };

test.each([
  'localhost',
  'LOCALHOST:8787',
  'localhost.:8787',
  'app.localhost',
  '127.0.0.1:8787',
  '192.168.1.5:8787',
  '[::1]:8787',
  '[fe80::1]',
  'gateway.example',
  'Gateway.Example:443',
  'box.lan:8787',
])('%s is served', (host) => {
  expect(hostAllowed(host, config)).toBe(true);
});

test.each([
  undefined,
  '',
  'evil.example',
  'evil.example:8787',
  'gateway.example.evil.example',
  'xgateway.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example@localhost',
  'localhost@evil.example',
  'localhost/evil',
  'localhost,evil.example',
  'localhost evil.example',
  'localhost:99999',
  'localhost:',
  '::1',
  '[::1',
  '[evil]',
])('%j is not served', (host) => {
  expect(hostAllowed(host, config)).toBe(false);
});
