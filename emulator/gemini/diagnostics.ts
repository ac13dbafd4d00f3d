import { formatPrettyJson, formatSseEvent } from '@gemini-proxy/gemini';
import { fitText } from './answer-text.ts';
import { fillPseudoRandom } from './byte-source.ts';
import type { Clock } from './clock.ts';
import { DigestMeter } from './digest.ts';
import { apiErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** How far `echo` reads ahead of a client that sends all before it reads anything, as browsers do. */
const MAX_ECHO_PENDING_BYTES = 32 * 1024 * 1024;
const MAX_CHUNK_BYTES = 1024 * 1024;
const DEFAULT_CHUNK_BYTES = 65_536;

type Diagnostic = (exchange: Exchange, clock: Clock, argument: string) => Promise<void>;

/** Paths under `/v1beta/emulator/` that the real service does not have: they show what goes through, byte for byte. */
const DIAGNOSTICS: Readonly<Record<string, Diagnostic>> = {
  'POST echo': echo,
  'POST digest': digest,
  'GET bytes': bytes,
  'GET sse': sse,
};

/** Finds the diagnostic that a request asks for. */
export function findDiagnostic(method: string, path: string): ((exchange: Exchange, clock: Clock) => Promise<void>) | undefined {
  const match = /^\/v1(?:alpha|beta)?\/emulator\/([a-z]+)(?:\/([^/?]*))?(?:\?|$)/.exec(path);
  const diagnostic = DIAGNOSTICS[`${method} ${match?.[1]}`];
  return diagnostic === undefined ? undefined : (exchange, clock) => diagnostic(exchange, clock, match?.[2] ?? '');
}

async function echo(exchange: Exchange): Promise<void> {
  const contentType = exchange.header('content-type') ?? 'application/octet-stream';
  const sink = exchange.openBody(200, { 'content-type': contentType }, { compress: false });
  await exchange.consumeBody((chunk) => {
    sink.write(chunk);
    if (exchange.pendingBytes > MAX_ECHO_PENDING_BYTES) exchange.pauseUntilDrained();
  });
  sink.end();
}

async function digest(exchange: Exchange): Promise<void> {
  const meter = new DigestMeter();
  await exchange.consumeBody((chunk) => meter.update(chunk));
  await exchange.send(200, { 'content-type': 'application/json; charset=UTF-8' }, formatPrettyJson(meter.digest()));
}

async function bytes(exchange: Exchange, _clock: Clock, countText: string): Promise<void> {
  const count = requireCount(countText);
  const seed = numberParameter(exchange, 'seed', 0);
  const chunkBytes = Math.max(1, Math.min(numberParameter(exchange, 'chunk', DEFAULT_CHUNK_BYTES), MAX_CHUNK_BYTES));
  const headers = { 'content-type': 'application/octet-stream', 'content-length': count };
  const sink = exchange.openBody(200, headers, { compress: false });
  for (let offset = 0; offset < count; offset += chunkBytes) {
    const chunk = new Uint8Array(Math.min(chunkBytes, count - offset));
    fillPseudoRandom(chunk, seed, offset);
    if (!sink.write(chunk)) await sink.drained();
  }
  sink.end();
}

/** Each event carries its number at the start of its text, so that a missing or swapped one is noticed. */
async function sse(exchange: Exchange, clock: Clock): Promise<void> {
  const events = numberParameter(exchange, 'events', 100);
  const textBytes = numberParameter(exchange, 'bytes', 100);
  const intervalMs = numberParameter(exchange, 'intervalMs', 0);
  const headers = { 'content-type': 'text/event-stream', 'content-disposition': 'attachment' };
  const sink = exchange.openBody(200, headers, { compress: true });
  for (let index = 0; index < events; index += 1) {
    if (index > 0 && intervalMs > 0) await clock.sleep(intervalMs, exchange.signal);
    const content = { parts: [{ text: fitText(`${index} `, textBytes) }], role: 'model' };
    const end = index === events - 1 ? { finishReason: 'STOP' } : {};
    const event = { candidates: [{ content, ...end, index: 0 }], modelVersion: 'emulator', responseId: 'emulator' };
    if (!sink.write(Buffer.from(formatSseEvent(event)))) await sink.drained();
  }
  sink.end();
}

function numberParameter(exchange: Exchange, name: string, fallback: number): number {
  const value = exchange.query.get(name);
  return value === null ? fallback : requireCount(value);
}

function requireCount(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw apiErrors.invalidArgument(`Not a count: ${value}`);
  return Number(value);
}
