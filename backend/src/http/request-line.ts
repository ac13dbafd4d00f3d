import { type OperationName, parseOperation, stripCredentialQuery } from '@gemini-proxy/gemini';

/** What a request asks for. */
export interface RequestLine {
  readonly method: string;
  /** As it came. */
  readonly url: string;
  /** In ASCII, without credentials. */
  readonly path: string;
  readonly operation: OperationName;
}

/** The last one that was read: mostly that of the next request, too. */
let last: RequestLine | undefined;

export function readRequestLine(method: string, url: string): RequestLine {
  if (last?.url === url && last.method === method) return last;
  const path = toAscii(stripCredentialQuery(url));
  last = { method, url, path, operation: parseOperation(method, path).name };
  return last;
}

/** Bytes of a request line that are not ASCII, as a URL has them. */
function toAscii(path: string): string {
  if (!/[^\x21-\x7e]/.test(path)) return path;
  return path.replace(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
