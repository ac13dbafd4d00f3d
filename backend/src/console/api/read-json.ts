import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../errors.ts';

/** Bytes of a call's body at most. */
const maxBodyBytes = 64 * 1024;
/** Milliseconds for a body to arrive. */
const timeoutMs = 10_000;

/** Reads a call's body; throws `GatewayError` for one that is no JSON, too long or too slow. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // A type that forms cannot have: a page of another origin would need leave to send it.
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new GatewayError('CONSOLE_REQUEST_INVALID', 'The body has to be application/json.');
  }
  const timer = setTimeout(() => request.destroy(), timeoutMs);
  try {
    const chunks: Buffer[] = [];
    let byteCount = 0;
    for await (const chunk of request) {
      byteCount += chunk.length;
      if (byteCount > maxBodyBytes) throw new GatewayError('BODY_TOO_LARGE', `The body is longer than ${maxBodyBytes} bytes.`);
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('CONSOLE_REQUEST_INVALID', 'The body is not valid JSON.', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
