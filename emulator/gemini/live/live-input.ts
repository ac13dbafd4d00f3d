import { field, isJsonObject, type JsonObject, repeated, text, toMessage } from '../proto-json.ts';

/** What has come by `realtimeInput` since the last answer. */
interface HeardInput {
  readonly chunks: number;
  readonly bytes: number;
}

export interface RealtimeInput {
  readonly media: HeardInput;
  /** A typed turn; empty where there is none. */
  readonly words: string;
  /** Whether the user has begun to speak, which interrupts an answer. */
  readonly isStart: boolean;
  /** Whether the user has stopped, so that an answer is due. */
  readonly isEnd: boolean;
}

export function parseRealtimeInput(message: JsonObject): RealtimeInput {
  const blobs = [field(message, 'audio'), field(message, 'video'), ...repeated(message, 'mediaChunks')].filter(isJsonObject);
  return {
    media: { chunks: blobs.length, bytes: blobs.reduce((sum, blob) => sum + Buffer.byteLength(text(blob, 'data'), 'base64'), 0) },
    words: text(message, 'text'),
    isStart: field(message, 'activityStart') !== undefined,
    isEnd: field(message, 'audioStreamEnd') === true || field(message, 'activityEnd') !== undefined,
  };
}

/** The one member of a client's message: `setup`, `clientContent`, `realtimeInput` or `toolResponse`. */
export function memberOf(message: JsonObject): { readonly name: string; readonly value: JsonObject } | undefined {
  for (const name of ['setup', 'clientContent', 'realtimeInput', 'toolResponse']) {
    const value = field(message, name);
    if (value !== undefined) return { name, value: toMessage(value) };
  }
  return undefined;
}
