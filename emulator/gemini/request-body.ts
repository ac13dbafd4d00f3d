import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { MalformedJsonError, parseLenientJson } from '@gemini-proxy/gemini';
import { apiErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** Reads a request's body as the service reads JSON: leniently, whatever its content type; undefined where there is none. */
export async function readJsonBody(exchange: Exchange, maxBytes: number): Promise<unknown> {
  const bytes = await exchange.readBody(maxBytes);
  if (bytes.byteLength === 0) return undefined;
  return parseJsonBytes(exchange.header('content-encoding') === 'gzip' ? decompress(bytes, maxBytes) : bytes);
}

export function parseJsonBytes(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) {
    throw apiErrors.invalidArgument('Invalid JSON payload received. Encountered non UTF-8 code points.');
  }
  try {
    return parseLenientJson(bytes.toString('utf8'));
  } catch (error) {
    throw error instanceof MalformedJsonError ? apiErrors.invalidArgument(error.message) : error;
  }
}

function decompress(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch {
    throw apiErrors.invalidArgument();
  }
}
