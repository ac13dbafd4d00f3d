import type { GenerateRequest } from './generate-request.ts';

/** How much of a long text's beginning and end is quoted. */
const EXCERPT_END_CHARACTERS = 100;
const SENTENCES = [
  'The answer is the same each time, because it is made from the question alone.',
  'Nothing was looked up, and nobody was asked.',
  'A stream of small words still arrives in the order in which it was sent.',
  'Every byte that leaves here can be counted at the other end.',
  'A careful reader will find that nothing is missing.',
  'Whatever the length of the way, the text should not change on it.',
  'The river keeps its name although the water is new.',
  'What is slow in one place need not be slow in another.',
] as const;
const PROSE = `${SENTENCES.join(' ')} `;

/** What the emulator says: a function of the request alone, naming what arrived with it. */
export function composeText(request: GenerateRequest): string {
  const lines = [request.userText === '' ? 'You said nothing.' : `You said: ${excerpt(request.userText)}`];
  if (request.systemText !== '') lines.push(`System instruction: ${excerpt(request.systemText)}`);
  for (const { mimeType, bytes } of request.inlineData) lines.push(`Attached: ${mimeType}, ${bytes} bytes`);
  for (const { name, mimeType, bytes } of request.files) lines.push(`Attached: ${name}, ${mimeType}, ${bytes} bytes`);
  if (request.cache !== undefined) lines.push(`Cached: ${request.cache.name}, ${request.cache.tokens} tokens`);
  for (const { name, response } of request.functionResponses) {
    lines.push(`Function ${name} answered: ${excerpt(JSON.stringify(response) ?? 'nothing')}`);
  }
  const seed = seedOf(request.userText);
  const first = seed % SENTENCES.length;
  const second = (first + 1 + ((seed >>> 8) % (SENTENCES.length - 1))) % SENTENCES.length;
  lines.push(`${SENTENCES[first]} ${SENTENCES[second]}`);
  return lines.join('\n');
}

/** Brings a text to exactly this length, with prose or by cutting. */
export function fitText(words: string, length: number): string {
  if (words.length >= length) return words.slice(0, length);
  const start = words.length % PROSE.length;
  const copies = Math.ceil((length - words.length + start) / PROSE.length);
  return words + PROSE.repeat(copies).slice(start, start + length - words.length);
}

/** Cuts a text into pieces of this length; a pair of surrogates is never split. */
export function splitText(words: string, pieceLength: number): readonly string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < words.length) {
    let end = Math.min(words.length, start + Math.max(1, Math.floor(pieceLength)));
    if (end < words.length && isHighSurrogate(words.charCodeAt(end - 1))) end += 1;
    pieces.push(words.slice(start, end));
    start = end;
  }
  return pieces;
}

/** A small hash of the text's beginning, end and length: enough to vary the answer, cheap for any size. */
export function seedOf(words: string): number {
  let hash = 2166136261 ^ words.length;
  const sample = words.length > 512 ? words.slice(0, 256) + words.slice(-256) : words;
  for (let index = 0; index < sample.length; index += 1) {
    hash = Math.imul(hash ^ sample.charCodeAt(index), 16777619);
  }
  return hash >>> 0;
}

/** Both ends of a long text: programs put what they have to say before the question, or behind it. */
function excerpt(words: string): string {
  if (words.length <= 2 * EXCERPT_END_CHARACTERS) return words;
  const end = isHighSurrogate(words.charCodeAt(EXCERPT_END_CHARACTERS - 1)) ? EXCERPT_END_CHARACTERS - 1 : EXCERPT_END_CHARACTERS;
  const tail = words.length - EXCERPT_END_CHARACTERS;
  const start = isHighSurrogate(words.charCodeAt(tail - 1)) ? tail + 1 : tail;
  return `${words.slice(0, end)}... (${words.length} characters) ...${words.slice(start)}`;
}

function isHighSurrogate(charCode: number): boolean {
  return charCode >= 0xd800 && charCode <= 0xdbff;
}
