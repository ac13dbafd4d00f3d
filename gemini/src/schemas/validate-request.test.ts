import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLenientJson } from '../lenient-json.ts';
import { toBadRequest, validateRequest } from './validate-request.ts';

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const list = { unknownFields: 'list' } as const;
const complaints = (body: unknown) =>
  validateRequest('models.generateContent', body, list).map(({ field, description }) => [field, description]);

describe('validateRequest', () => {
  it('accepts both spellings, lists of one and numbers as text', () => {
    const text = `{'system_instruction': {'parts': {'text': 'Be kind.'}}, contents: [{parts: [{inline_data: {mime_type: 'a/b', data: ''}},],}],
      generationConfig: {max_output_tokens: '5', thinking_config: {includeThoughts: true}, responseSchema: {type: 'OBJECT',
      properties: {a: {any_of: [{type: 'STRING'}]}}}}, toolConfig: {}, labels: {a: 'b'}}`;
    expect(complaints(parseLenientJson(text))).toEqual([]);
  });

  it('names unknown fields by their place, the values of maps by their number', () => {
    const properties = { a: {}, b: { anyOf: [{ const: 1 }] } };
    const body = { contents, tools: [{ functionDeclarations: [{ name: 'f', parameters: { properties } }] }], const: 1 };
    const path = 'tools[0].function_declarations[0].parameters.properties[1].value.any_of[0]';
    expect(complaints(body)).toEqual([
      [path, `Invalid JSON payload received. Unknown name "const" at '${path}': Cannot find field.`],
      [undefined, 'Invalid JSON payload received. Unknown name "const": Cannot find field.'],
    ]);
  });

  it('lets unknown fields pass by default', () => {
    expect(validateRequest('models.generateContent', { contents, newThing: 1, generationConfig: { newer: 2 } })).toEqual([]);
  });

  it.each<[unknown, string | undefined, string]>([
    [
      { contents: [{ parts: [{ text: ['a'] }] }] },
      'contents[0].parts[0].text',
      'Proto field is not repeating, cannot start list.',
    ],
    [{ contents, generationConfig: { temperature: 'hot' } }, 'generation_config.temperature', '(TYPE_FLOAT), "hot"'],
    [{ contents, generationConfig: { maxOutputTokens: 1.5 } }, 'generation_config.max_output_tokens', '(TYPE_INT32), 1.5'],
    [{ contents, store: 'yes' }, 'store', '(TYPE_BOOL), "yes"'],
    [{ contents: 'hi' }, 'contents[0]', 'Invalid value at \'contents[0]\', "hi"'],
    [{ contents: [{ parts: [{ text: 'a', inlineData: {} }] }] }, 'contents[0].parts[0]', "Cannot set 'inlineData'"],
    [[1], undefined, 'Root element must be a message.'],
    [{ contents: [] }, 'contents', 'contents is not specified'],
  ])('refuses %j', (body, field, description) => {
    const [violation] = validateRequest('models.generateContent', body);
    expect([violation?.field, violation?.description]).toEqual([field, expect.stringContaining(description)]);
  });

  it('knows the requests of the core operations, and leaves others alone', () => {
    const content = { parts: [{ text: 1 }, { text: {} }] };
    const fieldsOf = (operation: Parameters<typeof validateRequest>[0], body: unknown) =>
      validateRequest(operation, body).map(({ field }) => field);
    expect(fieldsOf('models.countTokens', { generateContentRequest: { contents: [content] } })).toEqual([
      'generate_content_request.contents[0].parts[1].text',
    ]);
    expect(fieldsOf('models.batchEmbedContents', { requests: [{ content }] })).toEqual(['requests[0].content.parts[1].text']);
    expect(fieldsOf('cachedContents.create', { ttl: '1s', expireTime: 'x' })).toEqual(['cached_content']);
    expect(fieldsOf('files.create', { file: { displayName: {} } })).toEqual(['file.display_name']);
    expect(fieldsOf('interactions.create', [{}])).toEqual([]);
  });

  it('answers any value without throwing', () => {
    const operation = fc.constantFrom('models.generateContent' as const, 'cachedContents.create' as const);
    fc.assert(fc.property(operation, fc.jsonValue(), (name, value) => Array.isArray(validateRequest(name, value, list))));
    const body = fc.record({ contents: fc.jsonValue(), tools: fc.jsonValue(), generationConfig: fc.jsonValue() });
    fc.assert(fc.property(body, (value) => Array.isArray(validateRequest('models.generateContent', value, list))));
  });
});

describe('toBadRequest', () => {
  it('has the service’s shape', () => {
    const violations = validateRequest('models.generateContent', { contents, a: 1, generationConfig: { b: 2 } }, list);
    expect(toBadRequest(violations)).toEqual({
      error: {
        code: 400,
        message: `Invalid JSON payload received. Unknown name "a": Cannot find field.\nInvalid JSON payload received. Unknown name "b" at 'generation_config': Cannot find field.`,
        status: 'INVALID_ARGUMENT',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: violations.map(({ field, description }) => ({
              ...(field === undefined ? {} : { field }),
              description,
            })),
          },
        ],
      },
    });
  });
});
