type Bytes = Uint8Array<ArrayBuffer>;

/** What a `multipart/related` upload holds. */
export interface RelatedBody {
  readonly metadata: string;
  readonly type: string;
  readonly content: Bytes;
}

/** Reads metadata and file out of the two parts; `undefined` where there are not two. */
export function readRelatedBody(contentType: string, bytes: Bytes): RelatedBody | undefined {
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const opening = encode(`--${boundary}\r\n`);
  const first = indexOf(bytes, opening, 0);
  const second = indexOf(bytes, encode(`\r\n--${boundary}\r\n`), first);
  const end = lastIndexOf(bytes, encode(`\r\n--${boundary}--`));
  if (first < 0 || second < 0 || end < second) return undefined;
  const metadata = readPart(bytes.subarray(first + opening.length, second));
  const file = readPart(bytes.subarray(second + 2 + opening.length, end));
  if (metadata === undefined || file === undefined) return undefined;
  return { metadata: new TextDecoder().decode(metadata.content), type: file.type, content: file.content };
}

const END_OF_HEAD = encode('\r\n\r\n');

function readPart(part: Bytes): { readonly type: string; readonly content: Bytes } | undefined {
  const end = indexOf(part, END_OF_HEAD, 0);
  if (end < 0) return undefined;
  const head = new TextDecoder().decode(part.subarray(0, end));
  const type = /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1] ?? 'application/octet-stream';
  return { type, content: part.subarray(end + END_OF_HEAD.length) };
}

function indexOf(bytes: Bytes, wanted: Bytes, from: number): number {
  const [start = 0] = wanted;
  for (let at = bytes.indexOf(start, from); at >= 0; at = bytes.indexOf(start, at + 1)) if (isAt(bytes, wanted, at)) return at;
  return -1;
}

function lastIndexOf(bytes: Bytes, wanted: Bytes): number {
  for (let at = bytes.length - wanted.length; at >= 0; at--) if (isAt(bytes, wanted, at)) return at;
  return -1;
}

function isAt(bytes: Bytes, wanted: Bytes, at: number): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}
