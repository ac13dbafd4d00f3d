import { describe, expect, it, test } from 'vitest';
import { originAllowed } from './origin.ts';

const patterns = ['https://aistudio.google.com', 'https://*.usercontent.goog', 'https://ais-*.run.app', 'null'];

describe('originAllowed', () => {
  it('lets programs in that send no Origin', () => {
    expect(originAllowed(undefined, [])).toBe(true);
  });
});

test.each([
  'https://aistudio.google.com',
  'https://abc.usercontent.goog',
  'https://abc.scf.usercontent.goog',
  'https://ais-dev-1.europe-west1.run.app',
  'null',
  'http://localhost:3000',
  'http://127.0.0.1:8787',
  'http://127.1.2.3',
  'http://[::1]:5173',
  'http://app.localhost:3000',
])('%s may connect', (origin) => {
  expect(originAllowed(origin, patterns)).toBe(true);
});

test.each([
  '',
  'https://evil.example',
  'http://aistudio.google.com',
  'https://aistudio.google.com:444',
  'https://aistudio.google.com.evil.example',
  'https://aistudioxgoogle.com',
  'https://usercontent.goog',
  'https://.usercontent.goog',
  'https://evil.example/.usercontent.goog',
  'https://evil.example#.usercontent.goog',
  'https://evil.example?.usercontent.goog',
  'https://evil.example:1.usercontent.goog',
  'https://evil.example@x.usercontent.goog',
  'https://evil.example\\.usercontent.goog',
  'https://evil.example\n.usercontent.goog',
  'https://abc.usercontent.goog/',
  'https://ABC.usercontent.goog',
  'https://abc.usercontent.goog https://evil.example',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'http://evil.example/localhost',
  'http://2130706433',
  'file://',
  `https://${'a.'.repeat(200)}usercontent.goog`,
])('%j may not connect', (origin) => {
  expect(originAllowed(origin, patterns)).toBe(false);
});

test('a sandboxed frame may not connect unless null is listed', () => {
  expect(originAllowed('null', ['https://aistudio.google.com'])).toBe(false);
});
