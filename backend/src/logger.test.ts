import { describe, expect, it } from 'vitest';
import { createLogger, loggedPath, toHumanLine } from './logger.ts';

const clientKey = `gp-client-${'k'.repeat(43)}`;
const apiKey = 'an "official" key';

function createRecorder() {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  return { lines, logger: createLogger({ level: 'trace', secrets: [clientKey, apiKey], destination }) };
}

describe('createLogger', () => {
  it('leaves no trace of a key that a request carries in header and query', () => {
    const { lines, logger } = createRecorder();
    const url = `/v1beta/models?pageSize=1&key=${clientKey}`;
    const headers = { 'x-goog-api-key': clientKey, authorization: `Bearer ${clientKey}` };
    logger.info({ req: { method: 'GET', url, headers } }, 'request');
    logger.info({ request: { method: 'GET', url, headers }, headers }, 'request');
    logger.info({ url, nested: { headers, clientKey } }, url);
    logger.error(new Error(`cannot fetch https://host${url}`, { cause: new Error(JSON.stringify(headers)) }));
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain('kkk');
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(JSON.parse(lines[0] ?? '').req).toEqual({ method: 'GET', path: '/v1beta/models' });
  });

  it('removes known secrets however they are written', () => {
    const { lines, logger } = createRecorder();
    logger.info({ detail: `called with ${apiKey}` }, apiKey);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ detail: 'called with [secret]', msg: '[secret]' });
  });

  it.each([
    { note: "another user's key in a query", text: '/x?key=abc123&alt=sse', expected: '/x?key=[secret]&alt=sse' },
    { note: 'an access token', text: '/x?access_token=ya29.abc', expected: '/x?access_token=[secret]' },
    { note: 'an OAuth token', text: '/x?a=1&oauth_token=ya29.abc', expected: '/x?a=1&oauth_token=[secret]' },
    { note: 'a Bearer value', text: 'Authorization: Bearer abc.defgh', expected: 'Authorization: Bearer [secret]' },
    { note: 'an older Google key', text: `AIza${'x'.repeat(35)}`, expected: '[secret]' },
    { note: 'a newer Google key', text: `AQ.${'x'.repeat(40)}`, expected: '[secret]' },
    { note: 'a worker token', text: `gp-worker-${'x'.repeat(43)}`, expected: '[secret]' },
  ])('removes $note', ({ text, expected }) => {
    const { lines, logger } = createRecorder();
    logger.info(text);
    expect(JSON.parse(lines[0] ?? '').msg).toBe(expected);
  });

  it('leaves ordinary words alone', () => {
    const { lines, logger } = createRecorder();
    logger.info('send the key as ?key= or Bearer (see the manual)');
    expect(JSON.parse(lines[0] ?? '').msg).toBe('send the key as ?key= or Bearer (see the manual)');
  });

  it('keeps the stack of an error', () => {
    const { lines, logger } = createRecorder();
    logger.error({ err: new Error('broken') }, 'unexpected-error');
    expect(JSON.parse(lines[0] ?? '').err.stack).toContain('logger.test.ts');
  });
});

describe('loggedPath', () => {
  it('drops the query', () => {
    expect([loggedPath('/a?key=x'), loggedPath('/a')]).toEqual(['/a', '/a']);
  });
});

describe('toHumanLine', () => {
  it('writes a line that people can read', () => {
    const line = toHumanLine('{"level":40,"time":0,"worker":"page-1","slots":3,"msg":"worker-lost"}');
    expect(line).toMatch(/^\d\d:\d\d:\d\d warn worker-lost worker=page-1 slots=3\n$/);
  });

  it('puts the stack of an error below', () => {
    expect(toHumanLine('{"level":50,"time":0,"err":{"stack":"Error: x\\n  at y"},"msg":"m"}')).toMatch(
      / error m\nError: x\n {2}at y\n$/,
    );
  });
});
