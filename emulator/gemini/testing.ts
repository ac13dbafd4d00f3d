import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { generate } from 'selfsigned';
import type { Clock } from './clock.ts';
import {
  createGeminiEmulator,
  type GeminiEmulator,
  type GeminiEmulatorOptions,
  type GeminiEmulatorState,
} from './gemini-emulator.ts';

export const KEY = { 'x-goog-api-key': 'emulator-key' } as const;
/** What `debugState` says when nothing is going on. */
export const BASELINE: GeminiEmulatorState = { openRequests: 0, runningGenerations: 0, openUploads: 0, openLiveSessions: 0 };
/** How long a condition may take to come true on a busy machine. */
export const PATIENCE = { timeout: 10_000 } as const;
export const FLASH = '/v1beta/models/gemini-2.5-flash';
export const HELLO = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] });

/** An emulator that is listening. */
export async function startEmulator(options: GeminiEmulatorOptions = {}): Promise<GeminiEmulator> {
  const emulator = createGeminiEmulator(options);
  await emulator.listen();
  return emulator;
}

export async function createTestCertificate(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 });
  return { key, cert };
}

export interface Http2Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An HTTP/2 connection that trusts any certificate. */
export class Http2Client implements AsyncDisposable {
  readonly session: ClientHttp2Session;

  constructor(url: string) {
    this.session = connect(url, { rejectUnauthorized: false });
    this.session.on('error', () => {});
  }

  open(method: string, path: string, body?: string): ClientHttp2Stream {
    const stream = this.session.request({ ':method': method, ':path': path, ...KEY });
    stream.on('error', () => {});
    stream.end(body);
    return stream;
  }

  /** Rejects when the stream is reset. */
  request(method: string, path: string, body?: string): Promise<Http2Answer> {
    return new Promise((resolve, reject) => {
      const stream = this.open(method, path, body);
      const chunks: Buffer[] = [];
      let headers: IncomingHttpHeaders = {};
      stream.on('response', (received) => {
        headers = received;
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('end', () => stream.rstCode === 0 && resolve({ headers, body: Buffer.concat(chunks) }));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.session.once('close', () => resolve());
      this.session.destroy();
    });
  }
}

export interface HeldClock extends Clock {
  advance(durationMs: number): void;
}

/** Time that passes only when a test says so. */
export function createHeldClock(): HeldClock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    sleep: async (durationMs) => {
      nowMs += durationMs;
    },
    advance: (durationMs) => {
      nowMs += durationMs;
    },
  };
}
