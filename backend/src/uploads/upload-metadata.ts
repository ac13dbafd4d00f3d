import { parseLenientJson } from '@gemini-proxy/gemini';

/**
 * Puts the file's type into the metadata where it is not: the hook drops the header that says it. Metadata that has it, or that
 * cannot be read, stays as it is.
 */
export function withMimeType(
  metadata: Uint8Array<ArrayBuffer>,
  options: { readonly contentType: string | undefined; readonly isFile: boolean },
): Uint8Array<ArrayBuffer> {
  const { contentType, isFile } = options;
  if (contentType === undefined) return metadata;
  const whole = metadata.length === 0 ? {} : read(metadata);
  if (!isObject(whole)) return metadata;
  const inner = isFile ? (whole.file ?? {}) : whole;
  if (!isObject(inner) || inner.mimeType !== undefined || inner.mime_type !== undefined) return metadata;
  const typed = { ...inner, mimeType: contentType };
  return Buffer.from(JSON.stringify(isFile ? { ...whole, file: typed } : typed));
}

function read(metadata: Uint8Array): unknown {
  try {
    return parseLenientJson(Buffer.from(metadata).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
