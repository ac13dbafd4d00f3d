import { gunzipSync } from 'node:zlib';
import type { RawAnswer } from './raw-request.ts';
import type { Passage, Surface } from './surface.ts';

/** Headers that are not compared, each with its reason. Any other must be there on both sides, spelled alike and with the same value. */
type Differences = Readonly<Record<string, string>>;

const everywhere: Differences = {
  date: 'the time of the answer',
  'server-timing': 'how long it took',
};

/** Where the answer comes over two connections in place of one (RFC 9110, 7.6.1). */
const behindGateway: Differences = {
  ...everywhere,
  connection: 'belongs to one connection',
  'keep-alive': 'belongs to one connection',
  'transfer-encoding': 'framing of one connection: the gateway names the length of an answer that it has as a whole',
  'content-length': 'see transfer-encoding; the bytes themselves are compared',
};

/** A page's `fetch` decodes what it gets, and the client gets it as it is then. */
const behindPage: Differences = { 'content-encoding': 'the page has decoded the answer' };

/** The gateway answers preflights itself, as the asking browser has no key to show. */
const preflightBehindGateway: Differences = {
  ...behindGateway,
  'access-control-expose-headers': 'means nothing in a preflight',
  'content-type': 'the body is empty',
  server: 'there is no other server than the gateway',
  vary: 'the only header that makes a difference is the origin',
  'x-content-type-options': 'the body is empty',
  'x-frame-options': 'the body is empty',
  'x-xss-protection': 'the body is empty',
};

/** The gateway receives uploads itself. */
const uploadBehindGateway: Differences = {
  ...behindGateway,
  vary: 'the same for every origin but for the CORS headers, which are compared',
  'x-content-type-options': 'no browser shows this answer as a page',
  'x-frame-options': 'no browser shows this answer as a page',
  'x-xss-protection': 'no browser shows this answer as a page',
};

const cancelledBehindGateway: Differences = {
  ...uploadBehindGateway,
  'x-goog-upload-size-received': 'nothing is kept of a cancelled upload',
};

/** What the gateway exposes to pages beside what the service does: their uploads go by these headers. */
const exposedByGateway =
  ',x-goog-upload-url,x-goog-upload-control-url,x-goog-upload-status,x-goog-upload-chunk-granularity,x-goog-upload-size-received';

/** What the gateway adds where it refuses a call itself: that it was it. */
const ownErrorInfo =
  /,\s+"details": \[\s+\{\s+"@type": "[^"]+ErrorInfo",\s+"reason": "[A-Z_]+",\s+"domain": "gemini-proxy"\s+\}\s+\]/;

/** An answer in the form in which two are compared. */
interface ComparableAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isCut: boolean;
}

/** Takes out of an answer what differs between any two runs: times, names that the service makes up, the address of the surface. */
export function toComparable(answer: RawAnswer, passage: Passage, { baseUrl }: Pick<Surface, 'baseUrl'>): ComparableAnswer {
  const differences = differencesOf(answer, passage);
  const headers: Record<string, string> = {};
  for (const [name, value] of answer.headers) {
    if (differences[name.toLowerCase()] !== undefined) continue;
    // Several lines of one name mean the same as one line with commas (RFC 9110, 5.3); `fetch` knows only the latter.
    const before = headers[name] === undefined ? '' : `${headers[name]}, `;
    headers[name] = before + neutralHeader(name, value, baseUrl);
  }
  return { status: answer.status, headers, body: neutralBody(decoded(answer)), isCut: answer.isCut };
}

function decoded({ headers, body }: RawAnswer): Buffer {
  const encoding = headers.find(([name]) => name === 'content-encoding')?.[1];
  return encoding === 'gzip' ? gunzipSync(body) : body;
}

function differencesOf(answer: RawAnswer, passage: Passage): Differences {
  const known = gatewayDifferencesOf(answer, passage);
  return passage === 'page' ? { ...known, ...behindPage } : known;
}

function gatewayDifferencesOf({ method, headers }: RawAnswer, passage: Passage): Differences {
  if (passage === 'nothing') return everywhere;
  if (method === 'OPTIONS') return preflightBehindGateway;
  const uploadStatus = headers.find(([name]) => name === 'x-goog-upload-status')?.[1];
  if (uploadStatus === undefined) return behindGateway;
  return uploadStatus === 'cancelled' ? cancelledBehindGateway : uploadBehindGateway;
}

function neutralHeader(name: string, value: string, baseUrl: string): string {
  if (name === 'x-guploader-uploadid') return '<id>';
  if (name === 'access-control-expose-headers') return value.replace(exposedByGateway, '');
  return value.replace(baseUrl, '<base>').replace(/(upload_id=)[^&]*/, '$1<id>');
}

/**
 * Latin-1 keeps every byte apart from every other. Page tokens are opaque, and the gateway's name a place in several accounts. Behind AI Studio's
 * hook, which has no `embedContent`, a call of it is made as a batch of one, and the service's complaint names that.
 */
function neutralBody(body: Buffer): string {
  return body
    .toString('latin1')
    .replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"/g, (time) => time.replaceAll(/\d/g, '0'))
    .replace(
      /((?:files|cachedContents|batches|operations|fileSearchStores|permissions)\/(?:[a-z]+-)?)([a-z0-9]{40}|[a-z0-9]{36}|[a-z0-9]{12})\b(?!-)/g,
      '$1<id>',
    )
    .replace(/"(created|created_at)": \d+/g, '"$1": 0')
    .replace(/\bv1_[A-Za-z0-9_-]{64}/g, 'v1_<id>')
    .replace(/function-call-[A-Za-z0-9_-]{16}/g, 'function-call-<id>')
    .replace(/"nextPageToken": "[^"]*"/, '"nextPageToken": "<token>"')
    .replace(ownErrorInfo, '')
    .replace('is not supported for batchEmbedContents', 'is not supported for embedContent');
}
