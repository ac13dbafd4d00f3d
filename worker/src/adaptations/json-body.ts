import { parseLenientJson } from '@gemini-proxy/gemini';
import { joined } from '../collect-body.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const OPENING_BRACE = 0x7b;

/** A body as the service would read it; `undefined` where that is no JSON object, which is the service's to say. */
export function readObject(bytes: Bytes): Record<string, unknown> | undefined {
  try {
    const value = parseLenientJson(new TextDecoder().decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Puts a member in front of those of an object that `readObject` has read; its own bytes stay as they are. */
export function withFirstMember(bytes: Bytes, object: Record<string, unknown>, member: string): Bytes {
  const start = bytes.indexOf(OPENING_BRACE) + 1;
  const separator = Object.keys(object).length > 0 ? ',' : '';
  return concatenated(bytes.subarray(0, start), `${member}${separator}`, bytes.subarray(start));
}

export function concatenated(...parts: readonly (Bytes | string)[]): Bytes {
  const encoder = new TextEncoder();
  return joined(parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : part)));
}
