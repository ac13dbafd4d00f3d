/** Bytes that tell where they belong: a piece in the wrong place, or twice, or not at all, does not match. */
export function patternBytes(offset: number, byteCount: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteCount);
  for (let index = 0; index < byteCount; index++) bytes[index] = patternByte(offset + index);
  return bytes;
}

/** Offset of the first byte that is not the pattern's, or -1. */
export function findMismatch(bytes: Uint8Array, offset: number): number {
  return bytes.findIndex((byte, index) => byte !== patternByte(offset + index));
}

function patternByte(offset: number): number {
  return (offset * 31 + (offset >>> 8) * 7 + (offset >>> 16)) & 0xff;
}
