import { describe, expect, it } from 'vitest';
import { findEndpointProblem, isLoopback } from './endpoint.ts';

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
