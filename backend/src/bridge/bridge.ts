import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { isOwnOrigin, originAllowed } from '../auth/origin.ts';
import type { Config } from '../config/config.ts';
import { bridgeScript } from './bridge-script.ts';

export interface BridgeOptions {
  readonly config: Pick<Config, 'workerOrigins'>;
  readonly workerToken: string;
  /** Hears of what nothing expects. */
  readonly onBug: (error: unknown) => void;
}

/** A page of the gateway's own origin that holds the worker page's sockets, where the browser lets the page have none. */
export const bridgePath = '/bridge';
export const bridgeVerifyPath = '/bridge/verify';

/** Bytes of a question at most. */
const maxQuestionBytes = 4 * 1024;

const questionSchema = z.object({
  challenge: z.string().regex(/^[0-9a-f]{32}$/),
  nonce: z.string().min(16).max(64),
  origin: z.string().max(300),
  proof: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Answers with the page, and judges for it who opened it. */
export class Bridge {
  readonly #options: BridgeOptions;

  constructor(options: BridgeOptions) {
    this.#options = options;
  }

  servePage(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': pageBytes.length,
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      // The page that opens this one has to stay connected with it.
      'cross-origin-opener-policy': 'unsafe-none',
    });
    response.end(request.method === 'HEAD' ? undefined : pageBytes);
  }

  /** Judges the origin and the proof of the page that opened the bridge, and proves the token to it. */
  verify(request: IncomingMessage, response: ServerResponse): void {
    this.#verify(request).then(
      (judgement) => writeJudgement(response, judgement),
      (error: unknown) => {
        this.#options.onBug(error);
        response.destroy();
      },
    );
  }

  async #verify(request: IncomingMessage): Promise<Judgement> {
    const { origin: bridgeOrigin = '' } = request.headers;
    // Only the bridge's own page asks; a browser always names the origin of a POST.
    if (request.method !== 'POST' || !isOwnOrigin(bridgeOrigin, request.headers.host)) return { status: 403, verdict: 'origin' };
    const question = questionSchema.safeParse(await readJson(request));
    if (!question.success) return { status: 400, verdict: 'token' };
    const { challenge, nonce, origin, proof } = question.data;
    if (!originAllowed(origin, this.#options.config.workerOrigins)) return { status: 200, verdict: 'origin' };
    const expected = this.#prove('page', challenge, origin);
    if (!timingSafeEqual(Buffer.from(expected), Buffer.from(proof))) return { status: 200, verdict: 'token' };
    return { status: 200, verdict: 'ok', proof: this.#prove('gateway', nonce, bridgeOrigin) };
  }

  /** As `bridgeProof` of the worker does it. */
  #prove(by: 'page' | 'gateway', challenge: string, origin: string): string {
    const text = `gemini-proxy-bridge\n${by}\n${challenge}\n${origin}`;
    return createHmac('sha256', this.#options.workerToken).update(text).digest('hex');
  }
}

/** The verdict is in the body, since a status of an error would stand in the browser's console as a failure of the page. */
interface Judgement {
  readonly status: number;
  readonly verdict: 'ok' | 'origin' | 'token';
  readonly proof?: string;
}

function writeJudgement(response: ServerResponse, { status, ...body }: Judgement): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  try {
    for await (const chunk of request) {
      byteCount += chunk.length;
      if (byteCount > maxQuestionBytes) return undefined;
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-content:center;padding:1.5rem;box-sizing:border-box;text-align:center}
h1{font-size:1.1rem;margin:0 0 .5rem}p{margin:0;max-width:24rem}`;

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>GeminiProxy bridge</title>
<style>${style}</style>
<main><h1>GeminiProxy</h1><p id="state" role="status"></p></main>
<script>${bridgeScript}</script>
</html>
`;

const pageBytes = Buffer.from(page);

const policy = [
  "default-src 'none'",
  `script-src '${hashOf(bridgeScript)}'`,
  `style-src '${hashOf(style)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
