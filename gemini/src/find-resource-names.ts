import { locateResourceName, parseResourceName } from './resource-name.ts';

/** A name in a body. */
export interface LocatedName {
  readonly name: string;
  /** The bytes that spell it, from the first to behind the last; of an interaction its bare id. */
  readonly start: number;
  readonly end: number;
}

/** The names that `locateResourceNames` finds, once each. */
export function findResourceNames(body: Uint8Array): readonly string[] {
  return [...new Set(Array.from(locateResourceNames(body), ({ name }) => name))];
}

/**
 * Searches a request's body, as bytes and without parsing it, for the names of owned resources: `files/abc`,
 * `cachedContents/abc` and so on, and URIs of them, also with escaped slashes. A name counts where it is a whole JSON string in
 * the place of a value, in single or double quotes; a mention in a longer text does not. An interaction is named by its bare id,
 * which is found by its key. One pass of native search per kind of quote: large attachments hold no quotes.
 */
export function* locateResourceNames(body: Uint8Array): Generator<LocatedName> {
  for (const quote of [DOUBLE_QUOTE, SINGLE_QUOTE]) {
    for (let at = body.indexOf(quote); at >= 0; at = body.indexOf(quote, at + 1)) {
      const found = startsLikeName(body, at + 1) ? nameInString(body, at, quote) : interactionAt(body, at, quote);
      if (found !== undefined) yield found;
    }
  }
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

function nameInString(body: Uint8Array, open: number, quote: number): LocatedName | undefined {
  if (!BEFORE_VALUE.includes(body[skipWhitespace(body, open - 1, -1)] ?? 0)) return undefined;
  const close = closingQuote(body, open + 1, quote);
  if (close === undefined || !AFTER_VALUE.includes(body[skipWhitespace(body, close + 1, 1)] ?? 0)) return undefined;
  const spelled = body.subarray(open + 1, close);
  const located = locateResourceName(unescaped(spelled));
  if (located === undefined) return undefined;
  const { resource, end } = located;
  const placeOf = (index: number) => open + 1 + spelledLength(spelled, index);
  return { name: resource.name, start: placeOf(end - resource.name.length), end: placeOf(end) };
}

/** `"previous_interaction_id": "abc"` stands for `interactions/abc`. */
function interactionAt(body: Uint8Array, open: number, quote: number): LocatedName | undefined {
  if (body[open + 1] !== LETTER_P) return undefined;
  const key = INTERACTION_KEYS.find((bytes) => bytes.every((byte, index) => body[open + 1 + index] === byte));
  if (key === undefined || body[open + 1 + key.length] !== quote) return undefined;
  const colon = skipWhitespace(body, open + key.length + 2, 1);
  const start = skipWhitespace(body, colon + 1, 1);
  const valueQuote = body[start];
  if (body[colon] !== COLON || (valueQuote !== DOUBLE_QUOTE && valueQuote !== SINGLE_QUOTE)) return undefined;
  const close = closingQuote(body, start + 1, valueQuote);
  if (close === undefined) return undefined;
  const resource = parseResourceName(`interactions/${unescaped(body.subarray(start + 1, close))}`);
  return resource && { name: resource.name, start: start + 1, end: close };
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
  return text.replace(ESCAPE, (_, hex: string | undefined, character: string | undefined) =>
    hex === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const ESCAPE = /\\(?:u00([0-9a-fA-F]{2})|(.))/g;

/** Bytes that spell the first so many characters. */
function spelledLength(bytes: Uint8Array, characters: number): number {
  const text = String.fromCharCode(...bytes);
  let length = characters;
  for (const { 0: spelled, index } of text.matchAll(ESCAPE)) if (index < length) length += spelled.length - 1;
  return length;
}
