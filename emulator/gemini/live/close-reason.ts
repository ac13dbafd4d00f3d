import type { ApiError } from '../errors.ts';

/** How a Live session ends: the service puts the complaint, as far as it fits, into the reason. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A close frame has room for this much text. */
const MAX_REASON_BYTES = 123;
const INVALID_PAYLOAD = 1007;
const POLICY_VIOLATION = 1008;
const INTERNAL = 1011;

export function closingOf({ body: { error } }: ApiError): Closing {
  const code = error.code >= 500 ? INTERNAL : error.code === 400 ? INVALID_PAYLOAD : POLICY_VIOLATION;
  return { code, reason: shortened(error.message) };
}

function shortened(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= MAX_REASON_BYTES) return text;
  let end = MAX_REASON_BYTES;
  // A character is never cut in the middle.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
