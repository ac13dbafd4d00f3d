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

/** Whether a close frame may carry the code (RFC 6455, 7.4). A page may say less: 1000 and 3000 to 4999. */
export function isSendableCloseCode(code: number): boolean {
  return (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code));
}
