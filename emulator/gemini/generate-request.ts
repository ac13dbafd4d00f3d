import { apiErrors } from './errors.ts';
import { field, isJsonObject, type JsonObject, number, repeated, text, toMessage } from './proto-json.ts';
import { requireValid } from './require-valid.ts';

export interface FunctionDeclaration {
  readonly name: string;
  /** OpenAPI-style or JSON schema of the arguments; undefined where the function takes none. */
  readonly schema: unknown;
}

interface InlineData {
  readonly mimeType: string;
  readonly bytes: number;
}

interface FunctionResponse {
  readonly name: string;
  readonly response: unknown;
}

interface FileData {
  readonly uri: string;
  readonly mimeType: string;
}

interface AttachedFile {
  /** `files/abc`, or the address of something that the service fetches. */
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
}

/** What the emulator reads out of a prompt: a request, or a content to be cached. */
export interface Prompt {
  /** The texts of the last content that the user wrote. */
  readonly userText: string;
  readonly systemText: string;
  readonly inlineData: readonly InlineData[];
  readonly fileData: readonly FileData[];
  /** What `fileData` refers to; empty until it has been looked up. */
  readonly files: readonly AttachedFile[];
  /** `cachedContents/abc`, or empty. */
  readonly cachedContent: string;
  /** The cache in use; undefined until it has been looked up. */
  readonly cache: { readonly name: string; readonly tokens: number } | undefined;
  /** Those of the last content; empty where the last word is the user's. */
  readonly functionResponses: readonly FunctionResponse[];
  /** The functions that may be called; empty where calling is switched off. */
  readonly functions: readonly FunctionDeclaration[];
  /** Whether tools or their configuration are set. */
  readonly hasTools: boolean;
  readonly promptTextTokens: number;
}

/** What the emulator reads out of a GenerateContentRequest. */
export interface GenerateRequest extends Prompt {
  readonly isJson: boolean;
  readonly isEnum: boolean;
  readonly responseSchema: unknown;
  readonly maxOutputTokens: number | undefined;
  readonly stopSequences: readonly string[];
  readonly includesThoughts: boolean;
}

/** `function` is what older SDKs write. */
const ROLES: ReadonlySet<unknown> = new Set(['user', 'model', 'function', '', undefined, null]);
const CHARACTERS_PER_TOKEN = 4;

/** Reads a request as the service does, or fails with the service's complaint. */
export function parseGenerateRequest(body: unknown): GenerateRequest {
  const request = requireValid('models.generateContent', body);
  if (repeated(request, 'contents').length === 0) {
    throw apiErrors.invalidArgument('* GenerateContentRequest.contents: contents is not specified\n');
  }
  const config = toMessage(field(request, 'generationConfig'));
  const mimeType = text(config, 'responseMimeType');
  return {
    ...readPrompt(request),
    isJson: mimeType === 'application/json',
    isEnum: mimeType === 'text/x.enum',
    responseSchema: field(config, 'responseJsonSchema') ?? field(config, 'responseSchema'),
    maxOutputTokens: number(config, 'maxOutputTokens'),
    stopSequences: repeated(config, 'stopSequences').filter(
      (sequence): sequence is string => typeof sequence === 'string' && sequence !== '',
    ),
    includesThoughts: field(toMessage(field(config, 'thinkingConfig')), 'includeThoughts') === true,
  };
}

/** Reads what a request and a content to be cached have in common. */
export function readPrompt(request: JsonObject): Prompt {
  const contents = repeated(request, 'contents').map(toMessage);
  if (contents.some((content) => !ROLES.has(content.role))) {
    throw apiErrors.invalidArgument('Please use a valid role: user, model.');
  }
  const system = toMessage(field(request, 'systemInstruction'));
  const lastUser = contents.findLast((content) => content.role !== 'model' && textOf(content) !== '');
  const parts = [system, ...contents].flatMap(partsOf);
  return {
    userText: lastUser === undefined ? '' : textOf(lastUser),
    systemText: textOf(system),
    inlineData: parts.flatMap(inlineDataOf),
    fileData: parts.flatMap(fileDataOf),
    files: [],
    cachedContent: text(request, 'cachedContent'),
    cache: undefined,
    functionResponses: partsOf(contents.at(-1) ?? {}).flatMap(functionResponseOf),
    functions: callableFunctions(request),
    hasTools: repeated(request, 'tools').length > 0 || field(request, 'toolConfig') !== undefined,
    promptTextTokens: countTextTokens([system, ...contents]),
  };
}

/** Reads a CountTokensRequest, which holds contents or a whole request. */
export function parseCountRequest(body: unknown): GenerateRequest {
  const outer = requireValid('models.countTokens', body);
  const inner = field(outer, 'generateContentRequest');
  if (inner !== undefined && repeated(outer, 'contents').length > 0) throw apiErrors.invalidArgument();
  return parseGenerateRequest(inner ?? body);
}

function partsOf(content: JsonObject): readonly JsonObject[] {
  return repeated(content, 'parts').map(toMessage);
}

function textOf(content: JsonObject): string {
  return partsOf(content)
    .map((part) => text(part, 'text'))
    .filter((words) => words !== '')
    .join('\n');
}

function inlineDataOf(part: JsonObject): readonly InlineData[] {
  const data = field(part, 'inlineData');
  if (!isJsonObject(data)) return [];
  const base64 = text(data, 'data');
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return [{ mimeType: text(data, 'mimeType'), bytes: Math.floor(((base64.length - padding) * 3) / 4) }];
}

function fileDataOf(part: JsonObject): readonly FileData[] {
  const data = field(part, 'fileData');
  return isJsonObject(data) ? [{ uri: text(data, 'fileUri'), mimeType: text(data, 'mimeType') }] : [];
}

function functionResponseOf(part: JsonObject): readonly FunctionResponse[] {
  const answer = field(part, 'functionResponse');
  return isJsonObject(answer) ? [{ name: text(answer, 'name'), response: answer.response }] : [];
}

function callableFunctions(request: JsonObject): readonly FunctionDeclaration[] {
  const tools = repeated(request, 'tools').map(toMessage);
  const config = toMessage(field(toMessage(field(request, 'toolConfig')), 'functionCallingConfig'));
  if (text(config, 'mode').toUpperCase() === 'NONE') return [];
  const allowed = repeated(config, 'allowedFunctionNames');
  return tools
    .flatMap((tool) => repeated(tool, 'functionDeclarations').map(toMessage))
    .map((declaration) => ({
      name: text(declaration, 'name'),
      schema: field(declaration, 'parametersJsonSchema') ?? field(declaration, 'parameters'),
    }))
    .filter(({ name }) => name !== '' && (allowed.length === 0 || allowed.includes(name)));
}

function countTextTokens(contents: readonly JsonObject[]): number {
  const characters = contents.flatMap(partsOf).reduce((sum, part) => sum + text(part, 'text').length, 0);
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN));
}
