import { describe, expect, it } from 'vitest';
import { parsePairingLink } from './pairing-link.ts';

describe('parsePairingLink', () => {
  it.each([
    ['http://127.0.0.1:8787/worker#endpoint=ws%3A%2F%2F127.0.0.1%3A8787%2Fworker&token=t1', 'ws://127.0.0.1:8787/worker'],
    [' https://gateway.example#token=t1 ', 'wss://gateway.example/worker'],
    ['#endpoint=wss://gateway.example/worker&token=t1', 'wss://gateway.example/worker'],
  ])('finds address and token in %s', (link, endpoint) => {
    expect(parsePairingLink(link)).toEqual({ endpoint, token: 't1' });
  });

  it.each(['ws://127.0.0.1:8787/worker', 'gp-worker-abc', 'http://127.0.0.1:8787/#other', ''])('takes %s for no link', (text) => {
    expect(parsePairingLink(text)).toBeUndefined();
  });
});
