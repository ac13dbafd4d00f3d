import { parseLenientJson } from './lenient-json.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * Changes what the metadata of an upload says of its file: the members of `file`, or at a file search store those of the whole. The
 * rest keeps its members, not its spelling. Returns its argument where nothing changes, and where it cannot be read.
 */
export function changeUploadMetadata(
  metadata: Uint8Array<ArrayBuffer>,
  pathWithQuery: string,
  change: (file: Members) => Members,
): Uint8Array<ArrayBuffer> {
  const whole = metadata.length === 0 ? {} : readObject(metadata);
  if (whole === undefined) return metadata;
  const isWrapped = /\/files(?:\?|$)/.test(pathWithQuery);
  const file = isWrapped ? (whole.file ?? {}) : whole;
  if (!isMembers(file)) return metadata;
  const changed = change(file);
  if (changed === file) return metadata;
  return new TextEncoder().encode(JSON.stringify(isWrapped ? { ...whole, file: changed } : changed));
}

/** The same members with the file's type, where they do not say it. */
export function withMimeType(file: Members, mimeType: string): Members {
  return 'mimeType' in file || 'mime_type' in file ? file : { ...file, mimeType };
}

/** The same members without the name that the client has chosen for the file. */
export function withoutName(file: Members): Members {
  if (!('name' in file)) return file;
  const { name: _, ...others } = file;
  return others;
}

function readObject(bytes: Uint8Array): Members | undefined {
  try {
    const value = parseLenientJson(new TextDecoder().decode(bytes));
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
