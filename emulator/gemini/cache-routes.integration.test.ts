import { describe, expect, it } from 'vitest';
import type { GeminiEmulator } from './gemini-emulator.ts';
import { createHeldClock, KEY, startEmulator } from './testing.ts';

const LONG = 'word '.repeat(4000);
const CONTENT = { model: 'models/gemini-2.5-flash', contents: [{ role: 'user', parts: [{ text: LONG }] }] };

async function json(
  emulator: GeminiEmulator,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = KEY,
) {
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await fetch(`${emulator.url}${path}`, init);
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

const create = (emulator: GeminiEmulator, more: object = {}) =>
  json(emulator, 'POST', '/v1beta/cachedContents', { ...CONTENT, ...more });
const ttlOf = (cache: { createTime: string; expireTime: string }) => Date.parse(cache.expireTime) - Date.parse(cache.createTime);

describe('cached contents', () => {
  it('are printed as the service prints them', async () => {
    await using emulator = await startEmulator();
    const { body } = await create(emulator, { ttl: '300s', systemInstruction: { parts: [{ text: 'Be kind.' }] } });
    expect(Object.keys(body)).toEqual([
      'name',
      'model',
      'createTime',
      'updateTime',
      'expireTime',
      'displayName',
      'usageMetadata',
    ]);
    expect(body).toMatchObject({
      name: expect.stringMatching(/^cachedContents\/[a-z0-9]{40}$/),
      model: 'models/gemini-2.5-flash',
      createTime: expect.stringMatching(/\.\d{6}Z$/),
      expireTime: expect.stringMatching(/\.\d{9}Z$/),
      displayName: '',
      usageMetadata: { totalTokenCount: 5002 },
    });
    expect(ttlOf(body)).toBe(300_000);
    expect((await json(emulator, 'GET', `/v1beta/${body.name}`)).body).toEqual(body);
    expect((await json(emulator, 'GET', '/v1beta/cachedContents')).body).toEqual({ cachedContents: [body] });
    expect(await json(emulator, 'DELETE', `/v1beta/${body.name}`)).toEqual({ status: 200, body: {} });
    expect((await json(emulator, 'GET', `/v1beta/${body.name}`)).body.error).toEqual({
      code: 403,
      message: 'CachedContent not found (or permission denied)',
      status: 'PERMISSION_DENIED',
    });
  });

  it.each([
    ['gemini-2.5-flash', 1024],
    ['gemini-2.0-flash', 2048],
    ['gemini-2.5-pro', 4096],
  ])('must be large enough for %s', async (model, minTokens) => {
    await using emulator = await startEmulator();
    const contents = [{ parts: [{ text: 'x'.repeat(64) }] }];
    const { body } = await create(emulator, { model: `models/${model}`, contents });
    expect(body.error.message).toBe(`Cached content is too small. total_token_count=16, min_total_token_count=${minTokens}`);
  });

  it.each([
    ['an unknown model', { model: 'models/x' }, 404, 'models/x is not found'],
    ['two expiries', { ttl: '1s', expireTime: '2999-01-01T00:00:00Z' }, 400, "oneof field 'expiration' is already set"],
    ['a bad duration', { ttl: '5m' }, 400, "duration must end with 's'"],
    ['a bad time', { expireTime: 'soon' }, 400, 'Invalid time format'],
    ['a past', { ttl: '-1s' }, 400, 'must be in the future'],
    ['an unknown file', { contents: [{ parts: [{ fileData: { fileUri: 'https://x.y/v1beta/files/a' } }] }] }, 403, 'the File a'],
  ])('are refused with %s', async (_, more, code, message) => {
    await using emulator = await startEmulator();
    const { body } = await create(emulator, more);
    expect(body.error.code).toBe(code);
    expect(body.error.message).toContain(message);
  });

  it.each(['', '?updateMask=ttl', '?update_mask=expireTime'])('get a new expiry by PATCH%s', async (query) => {
    const clock = createHeldClock();
    await using emulator = await startEmulator({ clock });
    const { body: cache } = await create(emulator);
    expect(ttlOf(cache)).toBe(3_600_000);
    clock.advance(5000);
    const { body } = await json(emulator, 'PATCH', `/v1beta/${cache.name}${query}`, { ttl: '10s' });
    expect([ttlOf(body), Date.parse(body.updateTime) - Date.parse(body.createTime)]).toEqual([15_000, 5000]);
    clock.advance(10_000);
    expect((await json(emulator, 'GET', `/v1beta/${cache.name}`)).status).toBe(403);
  });

  it('change in nothing else', async () => {
    await using emulator = await startEmulator();
    const { body: cache } = await create(emulator);
    const path = `/v1beta/${cache.name}`;
    expect((await json(emulator, 'PATCH', path, { displayName: 'x' })).status).toBe(400);
    expect((await json(emulator, 'PATCH', `${path}?updateMask=displayName`, { displayName: 'x' })).status).toBe(400);
    const expireTime = new Date(Date.now() + 60_000).toISOString();
    expect((await json(emulator, 'PATCH', path, { expire_time: expireTime })).body.expireTime).toBe(
      `${expireTime.slice(0, -1)}000000Z`,
    );
  });

  it('are used in a prompt, counted and paid for', async () => {
    await using emulator = await startEmulator();
    const { body: cache } = await create(emulator);
    const request = { contents: [{ parts: [{ text: 'hello' }] }], cachedContent: cache.name };
    const flash = '/v1beta/models/gemini-2.5-flash';
    const answer = (await json(emulator, 'POST', `${flash}:generateContent`, request)).body;
    expect(answer.candidates[0].content.parts[0].text).toContain(`Cached: ${cache.name}, 5000 tokens`);
    expect(answer.usageMetadata).toMatchObject({
      promptTokenCount: 5002,
      cachedContentTokenCount: 5000,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 5002 }],
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 5000 }],
    });
    const count = await json(emulator, 'POST', `${flash}:countTokens`, { generateContentRequest: request });
    expect(count.body).toMatchObject({ totalTokens: 5002, cachedContentTokenCount: 5000 });
    for (const more of [{ systemInstruction: { parts: [{ text: 'x' }] } }, { tools: [{ googleSearch: {} }] }]) {
      const conflict = await json(emulator, 'POST', `${flash}:generateContent`, { ...request, ...more });
      expect(conflict.body.error.message).toContain('Proposed fix: move those values to CachedContent');
    }
    const other = await json(emulator, 'POST', '/v1beta/models/gemini-2.5-pro:generateContent', request);
    expect(other.body.error.message).toContain('has to be the same');
  });

  it('belong to an account', async () => {
    const accounts = [{ name: 'bob', apiKeys: ['bob'] }];
    await using emulator = await startEmulator({ apiKeys: ['emulator-key'], accounts });
    const { body: cache } = await create(emulator);
    const bob = { 'x-goog-api-key': 'bob' };
    expect((await json(emulator, 'GET', `/v1beta/${cache.name}`, undefined, bob)).status).toBe(403);
    expect((await json(emulator, 'GET', '/v1beta/cachedContents', undefined, bob)).body).toEqual({});
    const request = { contents: [{ parts: [{ text: 'hello' }] }], cached_content: cache.name };
    expect((await json(emulator, 'POST', '/v1beta/models/gemini-2.5-flash:generateContent', request, bob)).status).toBe(403);
  });
});
