import * as genai3 from '@google/genai';
import * as genai2 from 'genai2';
import { type Answer, type Call, type Client, model, type Target } from './client.ts';

function createGenaiClient(name: string, sdk: typeof genai3): Client {
  return {
    name,
    async call(target: Target, call: Call): Promise<Answer> {
      const client = new sdk.GoogleGenAI({ apiKey: target.apiKey, httpOptions: { baseUrl: target.baseUrl } });
      const parts: genai3.Part[] = [{ text: call.prompt }];
      if (call.image) parts.push({ inlineData: { mimeType: call.image.mimeType, data: call.image.base64 } });
      const config: genai3.GenerateContentConfig = {};
      if (call.systemInstruction) config.systemInstruction = call.systemInstruction;
      if (call.functionParameters) {
        config.tools = [
          {
            functionDeclarations: [
              { name: 'book_table', description: 'Books a table', parametersJsonSchema: call.functionParameters },
            ],
          },
        ];
      }
      if (call.answerSchema) {
        config.responseMimeType = 'application/json';
        config.responseJsonSchema = call.answerSchema;
      }
      const request = { model, contents: [{ role: 'user', parts }], config };
      const responses: genai3.GenerateContentResponse[] = [];
      if (call.streamed) for await (const chunk of await client.models.generateContentStream(request)) responses.push(chunk);
      else responses.push(await client.models.generateContent(request));
      return {
        text: responses.map((response) => textOf(response)).join(''),
        functionCalls: responses.flatMap((response) =>
          (response.functionCalls ?? []).map((c) => ({ name: c.name ?? '', arguments: c.args })),
        ),
      };
    },
  };
}

/** `response.text` warns on the console when there is a function call beside the text, so the parts are read here. */
function textOf(response: genai3.GenerateContentResponse): string {
  return (response.candidates?.[0]?.content?.parts ?? []).map((part) => part.text ?? '').join('');
}

export const genaiThree = createGenaiClient('@google/genai 3', genai3);
export const genaiTwo = createGenaiClient('@google/genai 2', genai2 as unknown as typeof genai3);
