/** A part of a content, as far as it is shown. Everything else stays in the raw view. */
export interface GeminiPart {
  readonly text?: string;
  readonly thought?: boolean;
  readonly inlineData?: { readonly mimeType?: string; readonly data?: string };
  readonly fileData?: { readonly mimeType?: string; readonly fileUri?: string };
  readonly functionCall?: { readonly id?: string; readonly name?: string; readonly args?: unknown };
  readonly functionResponse?: { readonly id?: string; readonly name?: string; readonly response?: unknown };
  readonly executableCode?: { readonly language?: string; readonly code?: string };
  readonly codeExecutionResult?: { readonly outcome?: string; readonly output?: string };
}

interface GeminiContent {
  readonly role?: string;
  readonly parts?: readonly GeminiPart[];
}

export interface GeminiUsage {
  readonly promptTokenCount?: number;
  readonly candidatesTokenCount?: number;
  readonly thoughtsTokenCount?: number;
  readonly totalTokenCount?: number;
}

/** A whole answer, or a piece of a streamed one. */
export interface GeminiAnswer {
  readonly candidates?: readonly { readonly content?: GeminiContent; readonly finishReason?: string }[];
  readonly usageMetadata?: GeminiUsage;
  readonly promptFeedback?: { readonly blockReason?: string };
  readonly error?: { readonly code?: number; readonly message?: string; readonly status?: string };
}

/** Takes a text apart as it arrives: events of an SSE stream, and the bare error with which a broken one ends. */
export class SseReader {
  #rest = '';

  /** The values that have become whole. */
  read(text: string): unknown[] {
    this.#rest += text;
    const events = this.#rest.split(/\r\n\r\n|\n\n|\r\r/);
    this.#rest = events.pop() ?? '';
    return events.flatMap((event) => toValues(event));
  }

  /** What is left at the end of the stream. */
  end(): unknown[] {
    const rest = this.#rest;
    this.#rest = '';
    return toValues(rest);
  }
}

function toValues(event: string): unknown[] {
  const data = event
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart());
  const value = parseJson(data.length > 0 ? data.join('\n') : event);
  return value === undefined ? [] : [value];
}

/** All values of a body: one of a JSON document, the elements of an array, the events of a stream. */
export function readBody(text: string): unknown[] {
  const whole = parseJson(text);
  if (Array.isArray(whole)) return whole;
  if (whole !== undefined) return [whole];
  const reader = new SseReader();
  return [...reader.read(text), ...reader.end()];
}

function parseJson(text: string): unknown {
  try {
    return text.trim() === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An answer as far as it looks like one; what is not an object is none. */
export function toAnswer(value: unknown): GeminiAnswer {
  return typeof value === 'object' && value !== null ? (value as GeminiAnswer) : {};
}

/** Pieces of a stream put together: neighbouring texts of one kind become one part. */
export function joinParts(parts: readonly GeminiPart[]): GeminiPart[] {
  const joined: GeminiPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last?.text !== undefined && part.text !== undefined && Boolean(last.thought) === Boolean(part.thought))
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}
