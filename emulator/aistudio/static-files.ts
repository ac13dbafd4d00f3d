import { readFile } from 'node:fs/promises';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { extname, join, normalize, sep } from 'node:path';

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** Answers with a file of the folder, or 404. A folder's path means its index.html. */
export async function sendFile(
  directory: string,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  edit: (path: string, content: Buffer) => Buffer | string = (_path, content) => content,
): Promise<void> {
  const path = toFilePath(directory, request.url);
  const content = path === undefined ? undefined : await readFile(path).catch(() => undefined);
  if (path === undefined || content === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
    return;
  }
  // Any origin may read: in a frame with an opaque origin even the app's own modules are cross-origin.
  response.writeHead(200, {
    'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'access-control-allow-origin': '*',
  });
  response.end(edit(path, content));
}

/** The file that a request path means, or nothing if it lies outside the folder. */
export function toFilePath(directory: string, requestPath: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(new URL(requestPath, 'https://any.test').pathname);
  } catch {
    return undefined;
  }
  const path = join(directory, normalize(decoded.endsWith('/') ? `${decoded}index.html` : decoded));
  return path.startsWith(join(directory, sep)) ? path : undefined;
}
