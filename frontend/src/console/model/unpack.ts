import type { CapturedBody, RequestDetail } from '../channel/contract.ts';

const formats: ReadonlyMap<string, CompressionFormat> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
]);

/** The same request with bodies that can be read: compressed ones are unpacked, as far as the browser knows how and as far as they were kept. */
export async function unpackBodies(request: RequestDetail): Promise<RequestDetail> {
  const { response } = request;
  const asked = await unpack(request.request.body, request.request.headers);
  const answered = response === null ? null : await unpack(response.body, response.headers);
  return {
    ...request,
    request: { ...request.request, body: asked },
    response: response === null ? null : { ...response, body: answered },
  };
}

async function unpack(body: CapturedBody | null, headers: RequestDetail['request']['headers']): Promise<CapturedBody | null> {
  const [, encoding = ''] = headers.find(([name]) => name.toLowerCase() === 'content-encoding') ?? [];
  const format = formats.get(encoding.trim().toLowerCase());
  if (body === null || body.encoding !== 'base64' || format === undefined) return body;
  const packed = Uint8Array.from(atob(body.content), (character) => character.charCodeAt(0));
  const content = await inflate(packed, format);
  return content === '' ? body : { ...body, encoding: 'utf8', content };
}

/** What can be unpacked of it: a body of which only the beginning was kept ends with an error. */
async function inflate(packed: Uint8Array<ArrayBuffer>, format: CompressionFormat): Promise<string> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return text;
  }
}
