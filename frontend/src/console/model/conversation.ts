import type { CapturedBody, RequestDetail } from '../channel/contract.ts';
import { type GeminiPart, joinParts, readBody, toAnswer } from './gemini-body.ts';

/** Somebody's turn: of the request, or the answer. */
interface Turn {
  readonly role: 'system' | 'user' | 'model' | 'function';
  readonly parts: readonly GeminiPart[];
  readonly isAnswer: boolean;
}

/** A function that the model may call. */
interface DeclaredTool {
  readonly name: string;
  readonly description: string | undefined;
  /** As JSON; `undefined`: it takes none, or is one of the API's own. */
  readonly parameters: string | undefined;
}

/** A call of a function, or what it gave. */
interface ToolUse {
  readonly kind: 'call' | 'response';
  readonly name: string;
  readonly content: string;
  readonly isAnswer: boolean;
}

export interface Conversation {
  readonly turns: readonly Turn[];
  readonly tools: readonly DeclaredTool[];
  readonly uses: readonly ToolUse[];
  readonly finishReason: string | undefined;
  /** The error that was the answer, or its end. */
  readonly error: string | undefined;
}

/** What was said, read out of the kept bodies; `undefined` where they are no conversation. */
export function toConversation({ request, response }: Pick<RequestDetail, 'request' | 'response'>): Conversation | undefined {
  const asked = toObject(readBody(textOf(request.body))[0]);
  const answers = readBody(textOf(response?.body ?? null)).map((value) => toAnswer(value));
  const contents = toList(asked.contents).map(toObject);
  if (contents.length === 0) return undefined;
  const system = partsOf(asked.systemInstruction ?? asked.system_instruction);
  const answered = joinParts(answers.flatMap(({ candidates }) => partsOf(candidates?.[0]?.content)));
  const turns: Turn[] = [
    ...(system.length > 0 ? [{ role: 'system' as const, parts: system, isAnswer: false }] : []),
    ...contents.map((content) => ({ role: toRole(content.role), parts: partsOf(content), isAnswer: false })),
    ...(answered.length > 0 ? [{ role: 'model' as const, parts: answered, isAnswer: true }] : []),
  ];
  return {
    turns,
    tools: toList(asked.tools).flatMap((tool) => toTools(toObject(tool))),
    uses: turns.flatMap(({ parts, isAnswer }) => parts.flatMap((part) => toUses(part, isAnswer))),
    finishReason: answers.map(({ candidates }) => candidates?.[0]?.finishReason).findLast((reason) => reason !== undefined),
    error: answers.find(({ error }) => error !== undefined)?.error?.message,
  };
}

function textOf(body: CapturedBody | null): string {
  return body === null || body.encoding !== 'utf8' ? '' : body.content;
}

function toRole(role: unknown): Turn['role'] {
  return role === 'model' || role === 'function' || role === 'system' ? role : 'user';
}

function toTools(tool: Record<string, unknown>): DeclaredTool[] {
  const declared = toList(tool.functionDeclarations ?? tool.function_declarations).map(toObject);
  const own = Object.keys(tool).filter((key) => !/^function_?declarations$/i.test(key));
  return [
    ...declared.map(({ name, description, parameters, parametersJsonSchema }) => ({
      name: String(name),
      description: typeof description === 'string' ? description : undefined,
      parameters: format(parameters ?? parametersJsonSchema),
    })),
    ...own.map((name) => ({ name, description: undefined, parameters: undefined })),
  ];
}

function toUses({ functionCall, functionResponse }: GeminiPart, isAnswer: boolean): ToolUse[] {
  if (functionCall !== undefined)
    return [{ kind: 'call', name: functionCall.name ?? '', content: format(functionCall.args) ?? '{}', isAnswer }];
  if (functionResponse !== undefined) {
    const content = format(functionResponse.response) ?? '{}';
    return [{ kind: 'response', name: functionResponse.name ?? '', content, isAnswer }];
  }
  return [];
}

function format(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value, undefined, 2);
}

/** Bodies are anybody's: whatever is not of the expected form counts as absent. */
function partsOf(content: unknown): GeminiPart[] {
  return toList(toObject(content).parts).filter((part) => typeof part === 'object' && part !== null) as GeminiPart[];
}

function toList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

function toObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
