import { describe, expect, it } from 'vitest';
import { findEndpointProblem, isLoopback, toEndpoint } from './endpoint.ts';

describe('findEndpointProblem', () => {
  it.each([
    ['ws://127.0.0.1:8787/worker', undefined],
    ['ws://localhost:8787/worker', undefined],
    ['ws://[::1]:8787/worker', undefined],
    ['wss://gateway.example/worker', undefined],
    ['ws://192.168.1.2:8787/worker', 'needs-wss'],
    ['ws://127.0.0.1.example/worker', 'needs-wss'],
    ['http://127.0.0.1:8787/worker', 'not-websocket'],
    ['127.0.0.1:8787', 'not-websocket'],
    ['', 'not-websocket'],
  ])('says of %s: %s', (endpoint, problem) => {
    expect(findEndpointProblem(endpoint)).toBe(problem);
  });
});

describe('isLoopback', () => {
  it('is false for what is no address', () => {
    expect(isLoopback('nothing')).toBe(false);
  });
});

describe('toEndpoint', () => {
  it.each([
    ['ws://127.0.0.1:8787/worker', 'ws://127.0.0.1:8787/worker'],
    [' http://127.0.0.1:8787 ', 'ws://127.0.0.1:8787/worker'],
    ['https://gateway.example/', 'wss://gateway.example/worker'],
    ['wss://gateway.example/gemini/worker', 'wss://gateway.example/gemini/worker'],
    ['localhost:8787', 'ws://localhost:8787/worker'],
    ['gateway.example', 'wss://gateway.example/worker'],
    ['ftp://gateway.example/', 'ftp://gateway.example/worker'],
    ['not an address', 'not an address'],
    ['', ''],
  ])('makes %j to %j', (text, endpoint) => {
    expect(toEndpoint(text)).toBe(endpoint);
  });
});
