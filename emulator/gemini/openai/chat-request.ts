import { apiErrors } from '../errors.ts';
import { isJsonObject, type JsonObject, toMessage } from '../proto-json.ts';

/** What the emulator reads out of a chat completion request. */
export interface ChatRequest {
  /** Without `models/`. */
  readonly model: string;
  readonly isStream: boolean;
  readonly includesUsage: boolean;
  /** The same as a GenerateContentRequest. */
  readonly request: JsonObject;
}

const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'n',
  'stop',
  'max_tokens',
  'max_completion_tokens',
  'presence_penalty',
  'frequency_penalty',
  'response_format',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning_effort',
  'modalities',
  'audio',
  'seed',
  'user',
  'extra_body',
]);

/** Translates a request of the OpenAI kind; fields that the service does not know are an error. */
export function parseChatRequest(body: unknown): ChatRequest {
  const chat = toMessage(body);
  const unknownNames = Object.keys(chat).filter((name) => !FIELDS.has(name));
  if (unknownNames.length > 0) throw apiErrors.unknownFields(unknownNames);
  const messages = listOf(chat.messages).map(toMessage);
  const isSystem = ({ role }: JsonObject) => role === 'system' || role === 'developer';
  const system = messages.filter(isSystem).flatMap(({ content }) => partsOf(content));
  const format = toMessage(chat.response_format);
  return {
    model: String(chat.model ?? '').replace(/^models\//, ''),
    isStream: chat.stream === true,
    includesUsage: toMessage(chat.stream_options).include_usage === true,
    request: {
      contents: messages.filter((message) => !isSystem(message)).map(toContent),
      ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
      tools: [{ functionDeclarations: listOf(chat.tools).map(toDeclaration) }],
      toolConfig: { functionCallingConfig: { mode: chat.tool_choice === 'none' ? 'NONE' : 'AUTO' } },
      generationConfig: {
        maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens,
        stopSequences: typeof chat.stop === 'string' ? [chat.stop] : chat.stop,
        ...(typeof format.type === 'string' && format.type.startsWith('json') ? { responseMimeType: 'application/json' } : {}),
        responseJsonSchema: toMessage(format.json_schema).schema,
      },
    },
  };
}

function toContent({ role, content, tool_calls: calls, tool_call_id: callId }: JsonObject): JsonObject {
  if (role === 'tool') return { parts: [{ functionResponse: { name: callId, response: { content } } }] };
  const functionCalls = listOf(calls).map((call) => ({ functionCall: { name: toMessage(toMessage(call).function).name } }));
  return { role: role === 'assistant' ? 'model' : role, parts: [...partsOf(content), ...functionCalls] };
}

function toDeclaration(tool: unknown): JsonObject {
  const { name, description, parameters } = toMessage(toMessage(tool).function);
  return { name, description, parametersJsonSchema: parameters };
}

function partsOf(content: unknown): readonly JsonObject[] {
  if (typeof content === 'string') return [{ text: content }];
  return listOf(content).filter(isJsonObject).flatMap(partOf);
}

function partOf(part: JsonObject): readonly JsonObject[] {
  if (part.type === 'text') return [{ text: part.text }];
  const url = toMessage(part.image_url).url;
  const [, mimeType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(typeof url === 'string' ? url : '') ?? [];
  if (data !== undefined) return [{ inlineData: { mimeType, data } }];
  return typeof url === 'string' ? [{ fileData: { fileUri: url } }] : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
