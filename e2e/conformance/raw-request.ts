import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';

/** A request in full: nothing is added but `host`, `connection` and the framing of the body. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** An answer as it came: names in their own spelling and order, bytes as they are. */
export interface RawAnswer {
  readonly method: string;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Whether it broke off before its end. */
  readonly isCut: boolean;
}

const timeoutMs = 60_000;

/** Makes one request over HTTP/1.1 on a connection of its own. */
export async function sendRaw({ method, url, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const request = startRequest(url, {
    method,
    headers: { ...headers, ...length },
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  });
  request.end(body);
  const response = await headOf(request);
  const chunks: Buffer[] = [];
  let isCut = false;
  try {
    for await (const chunk of response) chunks.push(chunk);
  } catch {
    isCut = true;
  }
  const flat = response.rawHeaders;
  const pairs = flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []));
  return { method, status: response.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks), isCut };
}

function headOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    // After the head it is the answer's stream that tells.
    request.on('error', reject);
  });
}
