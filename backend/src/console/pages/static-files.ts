import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { safetyHeaders } from '../api/write-answer.ts';

interface StaticFile {
  readonly type: string;
  readonly content: Buffer;
  readonly packed: Buffer | undefined;
  readonly etag: string;
  /** Milliseconds since 1970, as the disk says; another value: it was built anew. */
  readonly changedAtMs: number;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const packable: ReadonlySet<string> = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt']);

/** What the console's page may do: its own files and calls, and styles, which its UI kit writes into the page. */
const consolePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The files of a built page, read once each. */
export class StaticFiles {
  readonly #folder: string;
  readonly #files = new Map<string, StaticFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Answers with a file, or with the index for a path of the page's own; `false`: there is no build. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const isAsset = path.startsWith('assets/');
    const file = (await this.#find(path)) ?? (isAsset ? undefined : await this.#find('index.html'));
    if (file !== undefined) write(request, response, file, isAsset);
    else if (isAsset) writePlain(response, 404, 'There is no such file; reload the page.\n');
    else return false;
    return true;
  }

  async #find(path: string): Promise<StaticFile | undefined> {
    const type = types[extname(path)];
    // Nothing with a dot at the beginning of a name, `..` included.
    if (this.#folder === '' || type === undefined || !/^(?:\w[\w.-]*\/)*\w[\w.-]*$/.test(path)) return undefined;
    try {
      const full = join(this.#folder, path);
      const { mtimeMs: changedAtMs } = await stat(full);
      const known = this.#files.get(path);
      if (known?.changedAtMs === changedAtMs) return known;
      const content = await readFile(full);
      const packed = packable.has(extname(path)) ? gzipSync(content) : undefined;
      const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
      const file = { type, content, packed, etag, changedAtMs };
      this.#files.set(path, file);
      return file;
    } catch {
      return undefined;
    }
  }
}

/** Assets carry a hash in their name, and never change; the index is asked for each time. */
function write(request: IncomingMessage, response: ServerResponse, file: StaticFile, isAsset: boolean): void {
  const headers = {
    ...safetyHeaders,
    'content-security-policy': consolePolicy,
    'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'accept-encoding',
  };
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const acceptsGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const content = acceptsGzip && file.packed !== undefined ? file.packed : file.content;
  response.writeHead(200, {
    ...headers,
    'content-type': file.type,
    'content-length': content.length,
    ...(content === file.packed ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function writePlain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...safetyHeaders, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}
