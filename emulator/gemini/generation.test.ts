import { describe, expect, it } from 'vitest';
import { parseGenerateRequest } from './generate-request.ts';
import { generate, toStreamedResponses, toWholeResponse } from './generation.ts';

const say = (text: string, more: object = {}) =>
  parseGenerateRequest({ contents: [{ role: 'user', parts: [{ text }] }], ...more });
const declaration = {
  name: 'get_weather',
  parameters: {
    type: 'OBJECT',
    properties: { city: { type: 'STRING' }, days: { type: 'INTEGER', minimum: 1 } },
    required: ['city'],
  },
};
const tools = [{ functionDeclarations: [{ name: 'first' }, declaration] }];

/** Walks a response by keys and indexes. */
function at(value: unknown, ...keys: (string | number)[]): unknown {
  return keys.reduce<unknown>((place, key) => Object(place)[key], value);
}

describe('generate', () => {
  it('says the same whole and in a stream', () => {
    const generation = generate(say('hello'), 'gemini-2.5-flash', {});
    const whole = at(toWholeResponse(generation), 'candidates', 0, 'content', 'parts', 0, 'text');
    const streamed = [...toStreamedResponses(generation)].map((chunk) =>
      at(chunk, 'candidates', 0, 'content', 'parts', 0, 'text'),
    );
    expect(streamed.length).toBeGreaterThan(1);
    expect(streamed.join('')).toBe(whole);
  });

  it('gives the reason for the end in the last chunk only, and totals that run up to the whole', () => {
    const generation = generate(say('hello'), 'gemini-2.5-flash', {});
    const chunks = [...toStreamedResponses(generation)];
    const reasons = chunks.map((chunk) => at(chunk, 'candidates', 0, 'finishReason'));
    expect(reasons).toEqual([...chunks.slice(1).map(() => undefined), 'STOP']);
    const totals = chunks.map((chunk) => Number(at(chunk, 'usageMetadata', 'totalTokenCount')));
    expect(totals).toEqual([...totals].sort((left, right) => left - right));
    expect(chunks.at(-1)?.usageMetadata).toEqual(toWholeResponse(generation).usageMetadata);
  });

  it('puts an index into the candidates of newer models only', () => {
    const indexOf = (model: string) => at(toWholeResponse(generate(say('hi'), model, {})), 'candidates', 0, 'index');
    expect([indexOf('gemini-2.5-pro'), indexOf('gemini-2.0-flash')]).toEqual([0, undefined]);
  });

  it('calls the function that the user mentions, or else the first', () => {
    const callOf = (text: string) =>
      at(toWholeResponse(generate(say(text, { tools }), 'gemini-2.5-pro', {})), 'candidates', 0, 'content', 'parts', 0);
    expect(callOf('use get_weather')).toEqual({
      functionCall: { name: 'get_weather', args: { city: 'sample text', days: 1 } },
      thoughtSignature: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
    });
    expect(at(callOf('anything'), 'functionCall')).toEqual({ name: 'first', args: {} });
  });

  it('answers in words once the function has answered', () => {
    const request = parseGenerateRequest({
      contents: [
        { role: 'user', parts: [{ text: 'weather?' }] },
        { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { sky: 'blue' } } }] },
      ],
      tools,
    });
    expect(generate(request, 'gemini-2.5-pro', {}).pieces.join('')).toContain('Function get_weather answered: {"sky":"blue"}');
  });

  it('answers with JSON that satisfies the schema', () => {
    const responseJsonSchema = {
      type: 'object',
      properties: { complexity_reasoning: { type: 'string' }, complexity_score: { type: 'integer', minimum: 1, maximum: 100 } },
      required: ['complexity_reasoning', 'complexity_score'],
    };
    const request = say('route', { generationConfig: { responseMimeType: 'application/json', responseJsonSchema } });
    const value: unknown = JSON.parse(generate(request, 'gemini-3.5-flash-lite', {}).pieces.join(''));
    expect(value).toEqual({ complexity_reasoning: 'sample text', complexity_score: 1 });
  });

  it('refuses JSON beside tools on older models', () => {
    const request = say('hi', { tools, generationConfig: { responseMimeType: 'application/json' } });
    expect(() => generate(request, 'gemini-2.0-flash', {})).toThrow(
      "Function calling with a response mime type: 'application/json' is unsupported",
    );
  });

  it('stops at the limit of tokens and at a stop sequence', () => {
    const cut = generate(say('hello', { generationConfig: { maxOutputTokens: 2 } }), 'gemini-2.5-pro', {});
    expect([cut.pieces.join(''), cut.finishReason]).toEqual(['You said', 'MAX_TOKENS']);
    const stopped = generate(say('hello', { generationConfig: { stopSequences: ['hel'] } }), 'gemini-2.5-pro', {});
    expect([stopped.pieces.join(''), stopped.finishReason]).toEqual(['You said: ', 'STOP']);
  });

  it('answers without parts where nothing may be said', () => {
    const silent = generate(say('hello', { generationConfig: { maxOutputTokens: 0 } }), 'gemini-2.5-pro', {});
    expect(at(toWholeResponse(silent), 'candidates', 0)).toEqual({
      content: { role: 'model' },
      finishReason: 'MAX_TOKENS',
      index: 0,
    });
    expect([...toStreamedResponses(silent)]).toHaveLength(1);
  });

  it('thinks aloud when asked to', () => {
    const request = say('hello', { generationConfig: { thinkingConfig: { includeThoughts: true } } });
    const [first] = toStreamedResponses(generate(request, 'gemini-2.5-pro', {}));
    expect(at(first, 'candidates', 0, 'content', 'parts', 0, 'thought')).toBe(true);
    expect(at(first, 'usageMetadata', 'candidatesTokenCount')).toBeUndefined();
  });

  it.each([
    [{ chunkCount: 7 }, 7, undefined],
    [{ chunkCount: 500, chunkBytes: 3 }, 500, 3],
    [{ chunkCount: 1, chunkBytes: 1000 }, 1, 1000],
  ])('cuts the text as %j asks', (shape, count, length) => {
    const pieces = generate(say('hello'), 'gemini-2.5-pro', shape).pieces.filter((piece) => typeof piece === 'string');
    expect(pieces).toHaveLength(count);
    if (length !== undefined) expect(pieces.every((piece) => piece.length === length)).toBe(true);
  });
});
