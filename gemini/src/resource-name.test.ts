import { describe, expect, it } from 'vitest';
import { createdResourceName, parseResourceName, resourceNameOfPath } from './resource-name.ts';

describe('parseResourceName', () => {
  it.each([
    ['files/abc-123', 'files/abc-123'],
    ['https://generativelanguage.googleapis.com/v1beta/files/abc', 'files/abc'],
    ['http://127.0.0.1:8080/gemini/v1/files/abc?alt=media', 'files/abc'],
    ['https://generativelanguage.googleapis.com/v1beta/files/abc:download?alt=media', 'files/abc'],
    ['cachedContents/0123456789abcdefghij0123456789abcdefghij', 'cachedContents/0123456789abcdefghij0123456789abcdefghij'],
    ['fileSearchStores/s/documents/d', 'fileSearchStores/s'],
    ['fileSearchStores/s/upload/operations/o', 'fileSearchStores/s'],
    ['models/veo-3/operations/o', 'models/veo-3/operations/o'],
    ['batches/b:cancel', 'batches/b'],
  ])('reads %s', (text, name) => {
    expect(parseResourceName(text)?.name).toBe(name);
  });

  it.each([
    '',
    'files/',
    'files',
    '/files/a',
    'src/files/a',
    'models/m',
    'models/m/files/a',
    'https://example.com/files/a',
    'files/a b',
  ])('refuses %j', (text) => {
    expect(parseResourceName(text)).toBeUndefined();
  });
});

describe('resourceNameOfPath', () => {
  it.each([
    ['/v1beta/files/abc:download?alt=media', 'files/abc'],
    ['/v1/cachedContents/abc?updateMask=ttl', 'cachedContents/abc'],
    ['/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore', 'fileSearchStores/s'],
    ['/v1beta/openai/batches/b/cancel', 'batches/b'],
    ['/v1beta/files%2Fabc', 'files/abc'],
    ['/v1beta/files', undefined],
    ['/v1beta/files:register', undefined],
    ['/v1beta/models/m:generateContent', undefined],
    ['/healthz', undefined],
  ])('finds in %s', (path, name) => {
    expect(resourceNameOfPath(path)?.name).toBe(name);
  });
});

describe('createdResourceName', () => {
  it.each([
    ['media.upload', { file: { name: 'files/a' } }, 'files/a'],
    ['cachedContents.create', { name: 'cachedContents/a' }, 'cachedContents/a'],
    ['models.batchGenerateContent', { name: 'batches/a', done: false }, 'batches/a'],
    ['models.predictLongRunning', { name: 'models/veo/operations/a' }, 'models/veo/operations/a'],
    ['interactions.create', { id: 'v1_a' }, 'interactions/v1_a'],
    ['models.generateContent', { name: 'files/a' }, undefined],
    ['media.upload', 'files/a', undefined],
    ['media.upload', {}, undefined],
  ] as const)('finds the new name of %s in %j', (operation, answer, name) => {
    expect(createdResourceName(operation, answer)?.name).toBe(name);
  });
});
