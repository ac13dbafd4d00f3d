import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATION_NAMES, parseOperation } from './operation.ts';

describe('parseOperation', () => {
  it.each([
    ['POST', '/v1beta/models/gemini-2.5-flash:generateContent', 'models.generateContent', 'v1beta', 'gemini-2.5-flash'],
    ['POST', '/v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'models.streamGenerateContent', 'v1', 'gemini-2.5-pro'],
    ['POST', '/v1alpha/models/m:countTokens?key=a/b:c', 'models.countTokens', 'v1alpha', 'm'],
    ['POST', '/v1beta/models/m%3AgenerateContent', 'models.generateContent', 'v1beta', 'm'],
    ['POST', '/v1beta/tunedModels/t:generateContent', 'models.generateContent', 'v1beta', 'tunedModels/t'],
    ['POST', '/v1beta/dynamic/d:streamGenerateContent', 'models.streamGenerateContent', 'v1beta', 'dynamic/d'],
    ['GET', '/v1beta/models', 'models.list', 'v1beta', undefined],
    ['GET', '/v1beta/models/', 'models.list', 'v1beta', undefined],
    ['GET', '/v1beta/models?pageSize=1', 'models.list', 'v1beta', undefined],
    ['GET', '/v1beta/models/gemini-2.5-pro', 'models.get', 'v1beta', 'gemini-2.5-pro'],
    ['GET', '/v1beta/files?pageSize=2', 'files.list', 'v1beta', undefined],
    ['GET', '/v1beta/files/abc', 'files.get', 'v1beta', undefined],
    ['GET', '/v1beta/files/abc:download?alt=media', 'files.download', 'v1beta', undefined],
    ['POST', '/v1beta/files:register', 'files.register', 'v1beta', undefined],
    ['POST', '/upload/v1beta/files', 'media.upload', 'v1beta', undefined],
    ['POST', '/resumable/upload/v1/files?upload_id=1', 'media.upload', 'v1', undefined],
    ['PATCH', '/v1beta/cachedContents/abc?updateMask=ttl', 'cachedContents.patch', 'v1beta', undefined],
    ['GET', '/v1beta/models/m/operations/o', 'operations.get', 'v1beta', 'm'],
    ['GET', '/v1beta/models/m/operations', 'operations.list', 'v1beta', 'm'],
    ['GET', '/v1beta/fileSearchStores/s/operations/o', 'operations.get', 'v1beta', undefined],
    ['GET', '/v1beta/fileSearchStores/s/upload/operations/o', 'operations.get', 'v1beta', undefined],
    ['DELETE', '/v1beta/fileSearchStores/s?force=true', 'fileSearchStores.delete', 'v1beta', undefined],
    ['GET', '/v1beta/fileSearchStores/s/documents/d', 'documents.get', 'v1beta', undefined],
    ['POST', '/v1beta/fileSearchStores/s:importFile', 'fileSearchStores.importFile', 'v1beta', undefined],
    ['POST', '/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore', 'media.uploadToFileSearchStore', 'v1beta', undefined],
    ['POST', '/v1beta/batches/b:cancel', 'batches.cancel', 'v1beta', undefined],
    ['PATCH', '/v1beta/batches/b:updateGenerateContentBatch', 'batches.update', 'v1beta', undefined],
    ['POST', '/v1beta/tunedModels', 'tunedModels.create', 'v1beta', undefined],
    ['GET', '/v1beta/tunedModels/t/permissions/p', 'permissions.get', 'v1beta', 'tunedModels/t'],
    ['GET', '/v1beta/tunedModels/t/operations/o', 'operations.get', 'v1beta', 'tunedModels/t'],
    ['POST', '/v1alpha/auth_tokens', 'authTokens.create', 'v1alpha', undefined],
    ['POST', '/v1beta/interactions', 'interactions.create', 'v1beta', undefined],
    ['POST', '/v1beta/interactions/i/cancel', 'interactions.cancel', 'v1beta', undefined],
    ['POST', '/v1beta/openai/chat/completions', 'openai.chatCompletions', 'v1beta', undefined],
    ['GET', '/v1beta/openai/models/models/gemini-2.5-pro', 'openai.models.get', 'v1beta', undefined],
    ['POST', '/v1beta/openai/files', 'openai.other', 'v1beta', undefined],
    [
      'GET',
      '//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k',
      'live.bidiGenerateContent',
      'v1beta',
      undefined,
    ],
    ['GET', '/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateMusic', 'live.other', 'v1alpha', undefined],
    ['GET', '/v1beta/models/m:generateContent', 'unknown', 'v1beta', 'm'],
    ['POST', '/v1beta/agents', 'unknown', 'v1beta', undefined],
    ['POST', '/v1beta/files:register/extra', 'unknown', 'v1beta', undefined],
    ['GET', '/healthz', 'unknown', undefined, undefined],
    ['GET', '/', 'unknown', undefined, undefined],
    ['GET', '', 'unknown', undefined, undefined],
  ])('reads %s %s as %s', (method, path, name, version, model) => {
    expect(parseOperation(method, path)).toEqual({ name, version, model });
  });

  it('answers any text with a known name', () => {
    const piece = fc.constantFrom(
      '/',
      'v1beta',
      'models',
      ':',
      'generateContent',
      '%',
      '%3A',
      '?',
      'files',
      'upload',
      'operations',
      'ws',
      'ü',
    );
    const path = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'PUT'), path, (method, text) => {
        expect(OPERATION_NAMES).toContain(parseOperation(method, text).name);
      }),
    );
  });
});
