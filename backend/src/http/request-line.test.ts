import { describe, expect, it } from 'vitest';
import { readRequestLine } from './request-line.ts';

describe('readRequestLine', () => {
  it('tells each line by itself, the same again or another', () => {
    const lines = [
      ['GET', '/v1beta/files/a', '/v1beta/files/a', 'files.get'],
      ['GET', '/v1beta/files/a', '/v1beta/files/a', 'files.get'],
      ['DELETE', '/v1beta/files/a', '/v1beta/files/a', 'files.delete'],
      ['DELETE', '/v1beta/files/a?key=one&x=1', '/v1beta/files/a?x=1', 'files.delete'],
      ['DELETE', '/v1beta/files/a?key=two', '/v1beta/files/a', 'files.delete'],
      ['GET', '/v1beta/files/\xe9', '/v1beta/files/%E9', 'files.get'],
    ] as const;
    for (const [method, url, path, operation] of lines) {
      expect(readRequestLine(method, url)).toEqual({ method, url, path, operation });
    }
  });
});
