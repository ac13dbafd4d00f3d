import {
  type FunctionDeclarationSchema,
  GoogleGenerativeAI,
  type ModelParams,
  type Part,
  type Schema,
} from '@google/generative-ai';
import { type Answer, type Call, type Client, model, type Target } from './client.ts';

/** The legacy SDK: schemas in OpenAPI form, base URL without a trailing slash. */
export const generativeAi: Client = {
  name: '@google/generative-ai',
  async call(target: Target, call: Call): Promise<Answer> {
    const options: ModelParams = { model };
    if (call.systemInstruction) options.systemInstruction = call.systemInstruction;
    if (call.functionParameters) {
      const parameters = call.functionParameters as unknown as FunctionDeclarationSchema;
      options.tools = [{ functionDeclarations: [{ name: 'book_table', description: 'Books a table', parameters }] }];
    }
    if (call.answerSchema) {
      options.generationConfig = { responseMimeType: 'application/json', responseSchema: call.answerSchema as unknown as Schema };
    }
    const client = new GoogleGenerativeAI(target.apiKey).getGenerativeModel(options, { baseUrl: target.baseUrl });
    const parts: Part[] = [{ text: call.prompt }];
    if (call.image) parts.push({ inlineData: { mimeType: call.image.mimeType, data: call.image.base64 } });
    if (!call.streamed) {
      const { response } = await client.generateContent(parts);
      return {
        text: response.text(),
        functionCalls: (response.functionCalls() ?? []).map((c) => ({ name: c.name, arguments: c.args })),
      };
    }
    let text = '';
    const functionCalls: { name: string; arguments: unknown }[] = [];
    for await (const chunk of (await client.generateContentStream(parts)).stream) {
      text += chunk.text();
      functionCalls.push(...(chunk.functionCalls() ?? []).map((c) => ({ name: c.name, arguments: c.args })));
    }
    return { text, functionCalls };
  },
};
