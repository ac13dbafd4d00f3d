import type { Target } from './client.ts';

/** A file to be uploaded; its content follows from its size, so that every client can make it where it runs. */
export interface FileToUpload {
  readonly bytes: number;
  readonly mimeType: string;
  readonly displayName: string;
}

export interface UploadedFile {
  readonly name: string;
  readonly uri: string;
  readonly mimeType: string;
}

interface FileFacts {
  readonly state: string;
  readonly sizeBytes: number;
}

/** What a Gemini client can do, in terms that all can report. Each has its own part of it. */
export interface Operations {
  generate(prompt: string): Promise<string>;
  stream(prompt: string): Promise<string>;
  /** Tokens of a text. */
  count(text: string): Promise<number>;
  /** The vector of a text. */
  embed(text: string): Promise<readonly number[]>;
  /** Names of all models. */
  models(): Promise<readonly string[]>;
  upload(file: FileToUpload): Promise<UploadedFile>;
  file(name: string): Promise<FileFacts>;
  askAbout(file: UploadedFile, prompt: string): Promise<string>;
  /** Names of all files. */
  files(): Promise<readonly string[]>;
  deleteFile(name: string): Promise<void>;
  /** Returns the name of a cache of this text. */
  createCache(text: string): Promise<string>;
  /** When a cache expires. */
  cache(name: string): Promise<string>;
  /** Names of all caches. */
  caches(): Promise<readonly string[]>;
  /** Returns when the cache now expires. */
  updateCache(name: string, ttlSeconds: number): Promise<string>;
  askCache(name: string, prompt: string): Promise<string>;
  deleteCache(name: string): Promise<void>;
}

export interface TableClient {
  readonly name: string;
  connect(target: Target): Partial<Operations>;
}

export const embeddingModel = 'gemini-embedding-001';

/** The content of a file: no two neighbouring pieces of it are alike. */
export function contentOf(bytes: number): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index += 1) content[index] = (index * 31 + (index >>> 8) * 7 + (index >>> 16)) & 0xff;
  return content;
}

/** What a client must have been given where its types allow that it was not. */
export function given<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`The answer has no ${what}.`);
  return value;
}
