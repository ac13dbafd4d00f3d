import { type Answer, type Call, type Client, model, type Target } from './client.ts';
import { runCommand } from './command.ts';

interface Chunk {
  readonly candidates?: readonly {
    readonly content?: {
      readonly parts?: readonly {
        readonly text?: string;
        readonly functionCall?: { readonly name: string; readonly args: unknown };
      }[];
    };
  }[];
}

/** curl as in Google's samples: the key in the query, snake_case fields. */
export const curl: Client = {
  name: 'curl',
  async call(target: Target, call: Call): Promise<Answer> {
    const parts: unknown[] = [{ text: call.prompt }];
    if (call.image) parts.push({ inline_data: { mime_type: call.image.mimeType, data: call.image.base64 } });
    const body = {
      contents: [{ parts }],
      ...(call.systemInstruction ? { system_instruction: { parts: { text: call.systemInstruction } } } : {}),
      ...(call.functionParameters
        ? {
            tools: [
              {
                function_declarations: [
                  { name: 'book_table', description: 'Books a table', parametersJsonSchema: call.functionParameters },
                ],
              },
            ],
          }
        : {}),
      ...(call.answerSchema
        ? { generationConfig: { response_mime_type: 'application/json', responseJsonSchema: call.answerSchema } }
        : {}),
    };
    const method = call.streamed ? 'streamGenerateContent?alt=sse&' : 'generateContent?';
    const url = `${target.baseUrl}/v1beta/models/${model}:${method}key=${target.apiKey}`;
    const result = await runCommand(
      'curl',
      ['-sS', '--no-buffer', '--fail-with-body', url, '-H', 'Content-Type: application/json', '--data-binary', '@-'],
      {
        input: JSON.stringify(body),
      },
    );
    if (result.code !== 0) throw new Error(`curl ended with ${result.code}: ${result.stderr}${result.stdout}`);
    const chunks = call.streamed
      ? result.stdout.split('\r\n\r\n').filter(Boolean).map(parseEvent)
      : [JSON.parse(result.stdout) as Chunk];
    const answered = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    return {
      text: answered.map((part) => part.text ?? '').join(''),
      functionCalls: answered.flatMap((part) =>
        part.functionCall ? [{ name: part.functionCall.name, arguments: part.functionCall.args }] : [],
      ),
    };
  },
};

function parseEvent(event: string): Chunk {
  if (!event.startsWith('data: ')) throw new Error(`not an event of the Gemini API: ${JSON.stringify(event.slice(0, 100))}`);
  return JSON.parse(event.slice('data: '.length)) as Chunk;
}
