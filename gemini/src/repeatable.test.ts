import { describe, expect, it } from 'vitest';
import { parseOperation } from './operation.ts';
import { isRepeatable } from './repeatable.ts';

describe('isRepeatable', () => {
  it.each([
    ['GET', '/v1beta/models', true],
    ['HEAD', '/v1beta/files/abc', true],
    ['GET', '/v1beta/something/new', true],
    ['POST', '/v1beta/models/m:generateContent', true],
    ['POST', '/v1beta/models/m:streamGenerateContent?alt=sse', true],
    ['POST', '/v1beta/models/m:countTokens', true],
    ['POST', '/v1beta/models/m:embedContent', true],
    ['POST', '/v1beta/openai/chat/completions', true],
    ['POST', '/v1beta/models/m:batchGenerateContent', false],
    ['POST', '/v1beta/models/m:predictLongRunning', false],
    ['POST', '/v1beta/cachedContents', false],
    ['PATCH', '/v1beta/cachedContents/c', false],
    ['DELETE', '/v1beta/files/abc', false],
    ['POST', '/upload/v1beta/files', false],
    ['POST', '/v1beta/tunedModels', false],
    ['POST', '/v1beta/interactions', false],
    ['POST', '/v1beta/operations/o:cancel', false],
    ['POST', '/v1beta/something:new', false],
  ])('of %s %s is %s', (method, path, expected) => {
    expect(isRepeatable(method, parseOperation(method, path).name)).toBe(expected);
  });
});
