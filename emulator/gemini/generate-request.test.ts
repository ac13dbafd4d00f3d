import { describe, expect, it } from 'vitest';
import { parseCountRequest, parseGenerateRequest } from './generate-request.ts';

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

describe('parseGenerateRequest', () => {
  it.each([
    [{ contents: [] }, '* GenerateContentRequest.contents: contents is not specified\n'],
    [{ contents: [{ role: 'robot', parts: [{ text: 'hi' }] }] }, 'Please use a valid role: user, model.'],
    [
      { contents, const: 1, foo: 2 },
      'Invalid JSON payload received. Unknown name "const": Cannot find field.\nInvalid JSON payload received. Unknown name "foo": Cannot find field.',
    ],
    [[1], 'Invalid JSON payload received. Unknown name "": Root element must be a message.'],
  ])('refuses %j', (body, message) => {
    expect(() => parseGenerateRequest(body)).toThrow(message);
  });

  it('reads both spellings of a field', () => {
    const declarations = [{ name: 'f', parameters_json_schema: { type: 'object' } }];
    const snake = {
      contents,
      tools: [{ function_declarations: declarations }],
      generation_config: { response_mime_type: 'application/json', max_output_tokens: '5' },
    };
    expect(parseGenerateRequest(snake)).toMatchObject({
      functions: [{ name: 'f', schema: { type: 'object' } }],
      isJson: true,
      maxOutputTokens: 5,
    });
  });

  it('takes the last text that is not the model’s', () => {
    const turns = [
      { role: 'user', parts: [{ text: 'one' }] },
      { role: 'model', parts: [{ text: 'two' }] },
    ];
    expect(parseGenerateRequest({ contents: turns }).userText).toBe('one');
  });

  it.each([
    [{ mode: 'NONE' }, []],
    [{ mode: 'AUTO' }, ['a', 'b']],
    [{ mode: 'ANY', allowedFunctionNames: ['b'] }, ['b']],
  ])('offers functions under %j', (functionCallingConfig, names) => {
    const body = {
      contents,
      tools: [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }],
      toolConfig: { functionCallingConfig },
    };
    expect(parseGenerateRequest(body).functions.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    ['AA==', 1],
    ['AAA=', 2],
    ['AAAA', 3],
    ['', 0],
  ])('counts the bytes of %j', (data, bytes) => {
    const body = { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data } }] }] };
    expect(parseGenerateRequest(body).inlineData).toEqual([{ mimeType: 'image/png', bytes }]);
  });
});

describe('parseCountRequest', () => {
  it('takes contents or a whole request, but not both', () => {
    expect(parseCountRequest({ contents }).promptTextTokens).toBe(1);
    expect(parseCountRequest({ generateContentRequest: { model: 'models/m', contents } }).promptTextTokens).toBe(1);
    expect(() => parseCountRequest({ contents, generateContentRequest: { contents } })).toThrow(
      'Request contains an invalid argument.',
    );
  });
});
