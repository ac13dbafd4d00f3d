import type { RequestDetail } from '../channel/contract.ts';

/** Of the connection, or written by curl itself. */
const ownHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'keep-alive',
  'expect',
  // The body is shown unpacked.
  'content-encoding',
]);

/** The request as a line for a shell, with the key as a variable. A body that is not kept as text is left out. */
export function toCurl(request: RequestDetail, baseUrl: string): string {
  const headers = request.request.headers.filter(([name]) => !ownHeaders.has(name.toLowerCase()));
  const { body } = request.request;
  const data = body !== null && body.encoding === 'utf8' && !body.isTruncated && body.bytes > 0 ? body.content : undefined;
  const parts = [
    `curl -N ${request.method === 'GET' ? '' : `-X ${request.method} `}${quote(baseUrl + request.path)}`,
    '-H "x-goog-api-key: $GEMINI_API_KEY"',
    ...headers.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(data === undefined ? [] : [`--data-raw ${quote(data)}`]),
  ];
  return `${parts.join(' \\\n  ')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
