import { parseResourceName } from './resource-name.ts';

/**
 * Searches a request's body, as bytes and without parsing it, for the names of owned resources: `files/abc`,
 * `cachedContents/abc` and so on, and URIs of them, also with escaped slashes. A name counts where it is a whole JSON string in
 * the place of a value, in single or double quotes; a mention in a longer text does not. Names come once each, in order of
 * their first appearance. An interaction is named by its bare id, which is found by its key. One pass of native search per kind of quote: large attachments hold no quotes.
 */
export function findResourceNames(body: Uint8Array): readonly string[] {
  const names = new Set<string>();
  for (const quote of [DOUBLE_QUOTE, SINGLE_QUOTE]) {
    for (let at = body.indexOf(quote); at >= 0; at = body.indexOf(quote, at + 1)) {
      const name = startsLikeName(body, at + 1) ? nameInString(body, at, quote) : interactionAt(body, at, quote);
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}

const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LETTER_P = 0x70;
/** Longer strings are no names: a URI has a host, a prefix, a version and a name of up to 200 characters. */
const MAX_STRING_BYTES = 1024;
const BEFORE_VALUE = bytesOf(':[,');
const AFTER_VALUE = bytesOf(',]}');
const WHITESPACE = bytesOf(' \t\r\n');
const BEGINNINGS = [
  'files',
  'generatedFiles',
  'cachedContents',
  'fileSearchStores',
  'batches',
  'tunedModels',
  'corpora',
  'operations',
  'models',
  'http',
].map(bytesOf);
const BEGINNINGS_OF_BYTE = Array.from({ length: 256 }, (_, byte) => BEGINNINGS.filter(([first]) => first === byte));

const INTERACTION_KEYS = ['previous_interaction_id', 'previousInteractionId'].map(bytesOf);

function bytesOf(text: string): readonly number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function startsLikeName(body: Uint8Array, start: number): boolean {
  const candidates = BEGINNINGS_OF_BYTE[body[start] ?? 0];
  if (candidates === undefined || candidates.length === 0) return false;
  return candidates.some((beginning) => beginning.every((byte, index) => body[start + index] === byte));
}

function nameInString(body: Uint8Array, open: number, quote: number): string | undefined {
  if (!BEFORE_VALUE.includes(body[skipWhitespace(body, open - 1, -1)] ?? 0)) return undefined;
  const close = closingQuote(body, open + 1, quote);
  if (close === undefined || !AFTER_VALUE.includes(body[skipWhitespace(body, close + 1, 1)] ?? 0)) return undefined;
  return parseResourceName(unescaped(body.subarray(open + 1, close)))?.name;
}

/** `"previous_interaction_id": "abc"` stands for `interactions/abc`. */
function interactionAt(body: Uint8Array, open: number, quote: number): string | undefined {
  if (body[open + 1] !== LETTER_P) return undefined;
  const key = INTERACTION_KEYS.find((bytes) => bytes.every((byte, index) => body[open + 1 + index] === byte));
  if (key === undefined || body[open + 1 + key.length] !== quote) return undefined;
  const colon = skipWhitespace(body, open + key.length + 2, 1);
  const start = skipWhitespace(body, colon + 1, 1);
  const valueQuote = body[start];
  if (body[colon] !== COLON || (valueQuote !== DOUBLE_QUOTE && valueQuote !== SINGLE_QUOTE)) return undefined;
  const close = closingQuote(body, start + 1, valueQuote);
  return close === undefined ? undefined : parseResourceName(`interactions/${unescaped(body.subarray(start + 1, close))}`)?.name;
}

function closingQuote(body: Uint8Array, start: number, quote: number): number | undefined {
  const end = Math.min(body.length, start + MAX_STRING_BYTES);
  for (let index = start; index < end; index += 1) {
    const byte = body[index];
    if (byte === quote) return index;
    if (byte === BACKSLASH) index += 1;
  }
  return undefined;
}

function skipWhitespace(body: Uint8Array, start: number, step: 1 | -1): number {
  let index = start;
  while (WHITESPACE.includes(body[index] ?? 0)) index += step;
  return index;
}

/** Names are ASCII, so bytes stand for characters; a slash may be written `\/` or `\u002f`. */
function unescaped(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes);
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u00([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, character: string | undefined) =>
    hex === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
