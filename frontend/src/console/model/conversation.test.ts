import { describe, expect, it } from 'vitest';
import type { CapturedBody, RequestDetail } from '../channel/contract.ts';
import { toConversation } from './conversation.ts';
import { toCurl } from './curl.ts';

function body(content: string): CapturedBody {
  return { bytes: content.length, isTruncated: false, contentType: 'application/json', encoding: 'utf8', content };
}

function detail(asked: unknown, answered: string, changed: Partial<RequestDetail> = {}): RequestDetail {
  return {
    ...{ method: 'POST', path: '/v1beta/models/m:generateContent' },
    request: {
      headers: [
        ['content-type', 'application/json'],
        ['Host', '127.0.0.1'],
      ],
      body: body(JSON.stringify(asked)),
    },
    response: { status: 200, headers: [], body: body(answered) },
    ...changed,
  } as RequestDetail;
}

const question = {
  system_instruction: { parts: { text: 'Be brief.' } },
  contents: [
    { role: 'user', parts: [{ text: 'Book it.' }] },
    { role: 'model', parts: [{ functionCall: { name: 'book', args: { seats: 2 } } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'book', response: { ok: true } } }] },
  ],
  tools: [
    { functionDeclarations: [{ name: 'book', description: 'Books', parameters: { type: 'OBJECT' } }] },
    { googleSearch: {} },
  ],
};
const stream = [
  'data: {"candidates":[{"content":{"parts":[{"text":"Do"}]}}]}',
  'data: {"candidates":[{"content":{"parts":[{"text":"ne."}]},"finishReason":"STOP"}]}',
  '',
].join('\r\n\r\n');

describe('toConversation', () => {
  it('reads turns, tools and their use out of both bodies', () => {
    const conversation = toConversation(detail(question, stream));
    expect(conversation?.turns.map(({ role, isAnswer }) => [role, isAnswer])).toEqual([
      ['system', false],
      ['user', false],
      ['model', false],
      ['user', false],
      ['model', true],
    ]);
    expect(conversation?.turns.at(-1)?.parts).toEqual([{ text: 'Done.' }]);
    expect(conversation?.tools.map(({ name }) => name)).toEqual(['book', 'googleSearch']);
    expect(conversation?.uses.map(({ kind, name }) => [kind, name])).toEqual([
      ['call', 'book'],
      ['response', 'book'],
    ]);
    expect(conversation?.finishReason).toBe('STOP');
  });

  it('tells the error with which a stream broke', () => {
    const broken = 'data: {"candidates":[{"content":{"parts":[{"text":"Do"}]}}]}\r\n\r\n{"error":{"code":502,"message":"lost"}}';
    expect(toConversation(detail(question, broken))?.error).toBe('lost');
  });

  it.each([{}, { contents: [] }, 'words', null, { contents: 'Hello', tools: 5 }, { contents: [null, { parts: [null, 3] }] }])(
    'bears %j',
    (asked) => {
      expect(() => toConversation(detail(asked, 'no JSON'))).not.toThrow();
    },
  );
});

describe('toCurl', () => {
  it('gives a line for a shell, without headers of the connection, with the key as a variable', () => {
    const line = toCurl(detail({ contents: "it's" }, ''), 'http://127.0.0.1:8787');
    expect(line).toBe(
      [
        "curl -N -X POST 'http://127.0.0.1:8787/v1beta/models/m:generateContent'",
        '-H "x-goog-api-key: $GEMINI_API_KEY"',
        "-H 'content-type: application/json'",
        `--data-raw '{"contents":"it'\\''s"}'\n`,
      ].join(' \\\n  '),
    );
  });
});
