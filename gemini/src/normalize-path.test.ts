import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizePath } from './normalize-path.ts';

describe('normalizePath', () => {
  it.each([
    ['//v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
    [
      '//ws/google.ai.generativelanguage.v1.GenerativeService.X?key=a//b',
      '/ws/google.ai.generativelanguage.v1.GenerativeService.X?key=a//b',
    ],
    ['/models/m:generateContent', '/v1beta/models/m:generateContent'],
    ['/files:register', '/v1beta/files:register'],
    ['/openai/chat/completions', '/v1beta/openai/chat/completions'],
    ['/v1beta//models/m', '/v1beta/models/m'],
    ['/v1beta/v1beta/models', '/v1beta/models'],
    ['/v1beta/v1/models?pageSize=1', '/v1/models?pageSize=1'],
    ['/v1beta/upload/v1/files', '/upload/v1/files'],
    ['/v1beta/resumable/upload/v1/files', '/resumable/upload/v1/files'],
    ['/v1beta//ws/google.ai.X', '/ws/google.ai.X'],
    ['/upload/files', '/upload/v1beta/files'],
    ['/upload/v1beta/v1/files', '/upload/v1/files'],
    ['/upload//v1beta/files', '/upload/v1beta/files'],
  ])('repairs %s', (path, expected) => {
    expect(normalizePath(path)).toBe(expected);
  });

  it.each([
    '/v1beta/models/m:generateContent?alt=sse',
    '/upload/v1beta/files?upload_id=a//b',
    '/resumable/upload/v1/files',
    '/v1/files?uri=https://x/y',
    '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
    '/healthz',
    '/v1beta',
    '/v1beta/agents',
    '/',
    '',
  ])('leaves %s alone', (path) => {
    expect(normalizePath(path)).toBe(path);
  });

  it('has nothing left to repair the second time', () => {
    const piece = fc.constantFrom('/', '//', '/v1beta', '/v1', '/models', '/upload', '/resumable', '/files', '/ws', '?', 'x');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const once = normalizePath(pieces.join(''));
        expect(normalizePath(once)).toBe(once);
      }),
    );
  });
});
