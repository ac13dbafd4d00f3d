/** Bytes at the end of an answer in which its token counts are looked for. */
export const tailBytes = 4096;

export interface TokenCounts {
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/** Pieces that are kept: an answer's last event comes in one or two. A power of two. */
const pieceCount = 8;

/** The last pieces of an answer: by reference, so that a piece on its way costs no more than that. */
export class AnswerTail {
  readonly #pieces: Uint8Array[] = [];
  #count = 0;

  push(piece: Uint8Array): void {
    this.#pieces[this.#count & (pieceCount - 1)] = piece;
    this.#count += 1;
  }

  /** Its last bytes. */
  bytes(): Buffer {
    const [only] = this.#pieces;
    if (only !== undefined && this.#count === 1) return endOf(only);
    const oldest = this.#count > pieceCount ? this.#count % pieceCount : 0;
    const pieces = [...this.#pieces.slice(oldest), ...this.#pieces.slice(0, oldest)];
    return endOf(Buffer.concat(pieces.map(endOf)));
  }
}

function endOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  const length = Math.min(tailBytes, byteLength);
  return Buffer.from(buffer, byteOffset + byteLength - length, length);
}

/** The token counts at the end of an answer of the Gemini API, or of its OpenAI-compatible part; `undefined` where there are none. */
export function readTokenCounts(tail: Buffer): TokenCounts | undefined {
  const gemini = tail.lastIndexOf('"usageMetadata"');
  if (gemini >= 0) {
    const usage = tail.toString('latin1', gemini);
    const tokensOut = numberOf(usage, '"candidatesTokenCount"') + numberOf(usage, '"thoughtsTokenCount"');
    return { tokensIn: numberOf(usage, '"promptTokenCount"') + numberOf(usage, '"toolUsePromptTokenCount"'), tokensOut };
  }
  const openAi = tail.lastIndexOf('"usage"');
  if (openAi < 0 || !tail.includes('"prompt_tokens"', openAi)) return undefined;
  const usage = tail.toString('latin1', openAi);
  return { tokensIn: numberOf(usage, '"prompt_tokens"'), tokensOut: numberOf(usage, '"completion_tokens"') };
}

/** Longer numbers are no counts. */
const maxDigits = 12;

/** A count in a text of which only ASCII matters; 0 where there is none. Reads digit by digit: a pattern, or a piece of the text, would cost more. */
function numberOf(usage: string, quotedMember: string): number {
  const start = usage.indexOf(quotedMember);
  if (start < 0) return 0;
  const colon = afterSpace(usage, start + quotedMember.length);
  if (usage[colon] !== ':') return 0;
  const firstDigit = afterSpace(usage, colon + 1);
  let count = 0;
  for (let index = firstDigit; index < firstDigit + maxDigits; index += 1) {
    const digit = usage.charCodeAt(index) - zero;
    if (!(digit >= 0 && digit <= 9)) break;
    count = count * 10 + digit;
  }
  return count;
}

const zero = 0x30;
const space = 0x20;

/** Where the text goes on after blanks and line breaks. */
function afterSpace(text: string, start: number): number {
  let index = start;
  while (text.charCodeAt(index) <= space) index += 1;
  return index;
}
