import type { IncomingMessage } from 'node:http';
import { CREDENTIAL_HEADERS } from '@gemini-proxy/gemini';
import type { HeaderList } from '@gemini-proxy/protocol';

/** Headers that belong to one connection (RFC 9110, 7.6.1), in lower case. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Never sent to a worker, and shown nowhere: what belongs to the connection, the gateway's own name, the credentials; `expect` is
 * answered here. A browser sends the cookies of whatever else runs on this machine.
 */
const droppedFromRequest: ReadonlySet<string> = new Set([...hopByHop, ...CREDENTIAL_HEADERS, 'cookie', 'host', 'expect']);
const droppedFromAnswer: ReadonlySet<string> = new Set(hopByHop);

/** The end-to-end headers of a request without its credentials, from Node's flat list of names and values. */
export function toRequestHeaders(rawHeaders: readonly string[]): HeaderList {
  const headers: [string, string][] = [];
  let named: ReadonlySet<string> | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (!droppedFromRequest.has(name)) headers.push([name, value]);
    else if (name === 'connection') named = namesIn(value, named);
  }
  return named === undefined ? headers : headers.filter(([name]) => !named.has(name));
}

/** The end-to-end headers of an answer; the same list where there are no others. */
export function toAnswerHeaders(headers: HeaderList): HeaderList {
  if (!headers.some(([name]) => droppedFromAnswer.has(name))) return headers;
  const named = headers.reduce<ReadonlySet<string> | undefined>(
    (names, [name, value]) => (name === 'connection' ? namesIn(value, names) : names),
    undefined,
  );
  return headers.filter(([name]) => !droppedFromAnswer.has(name) && !named?.has(name));
}

/** Bytes of a request's body where it says so, `undefined` when it comes in chunks. */
export function bodyLengthOf({ headers }: Pick<IncomingMessage, 'headers'>): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

/** The first value of a header, by its lower-case name. */
export function headerOf(headers: HeaderList, wanted: string): string | undefined {
  for (const [name, value] of headers) if (name === wanted) return value;
  return undefined;
}

/** Names that a Connection header lists, beside those of `known`; `undefined` where it only says keep-alive or close, as it mostly does. */
function namesIn(connection: string, known: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
  if (connection === 'keep-alive' || connection === 'close') return known;
  const names = connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return new Set([...(known ?? []), ...names]);
}
