import { scenarios } from '../scenarios.ts';
import type { SurfaceCase } from './surface-case.ts';

const flash = '/v1beta/models/gemini-2.5-flash';
const methods = [
  ['whole', 'generateContent'],
  ['as events', 'streamGenerateContent?alt=sse'],
  ['as an array', 'streamGenerateContent'],
] as const;

/** As in Google's samples for curl: single quotes, trailing commas, snake_case. */
const lenient = `{'contents': [{"parts":[{'text': "Grüße, 你好 \\u003c🙂>"},],},], "generation_config": {'max_output_tokens': 64},}`;

const bodies: readonly (readonly [name: string, body: unknown])[] = [
  ...scenarios.map(({ name, call }) => [name, toBody(call)] as const),
  ['lenient JSON', lenient],
  ['a long prompt', { contents: [{ role: 'user', parts: [{ text: 'A lighthouse. '.repeat(20_000) }] }] }],
  ['an unknown field', { contents: [{ parts: [{ text: 'hi' }] }], temperatur: 1 }],
  ['no contents', {}],
  ['a body that is no JSON', '{"contents": ['],
  ['an unknown cache', { contents: [{ parts: [{ text: 'hi' }] }], cachedContent: `cachedContents/${'a'.repeat(40)}` }],
];

export const generateCases: readonly SurfaceCase[] = methods.flatMap(([form, method]) =>
  bodies.map(([name, body]) => ({ name: `${name}, ${form}`, run: (caller) => caller.post(`${flash}:${method}`, body) })),
);

function toBody(call: (typeof scenarios)[number]['call']): unknown {
  const parts: unknown[] = [{ text: call.prompt }];
  if (call.image) parts.push({ inlineData: { mimeType: call.image.mimeType, data: call.image.base64 } });
  const declaration = { name: 'book_table', description: 'Books a table', parametersJsonSchema: call.functionParameters };
  return {
    contents: [{ role: 'user', parts }],
    ...(call.systemInstruction === undefined ? {} : { systemInstruction: { parts: [{ text: call.systemInstruction }] } }),
    ...(call.functionParameters === undefined ? {} : { tools: [{ functionDeclarations: [declaration] }] }),
    ...(call.answerSchema === undefined
      ? {}
      : { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: call.answerSchema } }),
  };
}
