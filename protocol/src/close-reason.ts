const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What RFC 6455 leaves for the reason of a close frame. */
export const maxCloseReasonBytes = 123;

/** Cuts a text to what fits into a WebSocket's close frame, at the border of a character. */
export function toCloseReason(text: string): string {
  const bytes = encoder.encode(text);
  if (bytes.byteLength <= maxCloseReasonBytes) return decoder.decode(bytes);
  let end = maxCloseReasonBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return decoder.decode(bytes.subarray(0, end));
}
