import { formatPrettyJson, formatSseEvent } from '@gemini-proxy/gemini';
import { fitText } from './answer-text.ts';
import type { Behaviour } from './behaviour.ts';
import { fillPseudoRandom } from './byte-source.ts';
import type { Clock } from './clock.ts';
import { DigestMeter } from './digest.ts';
import { apiErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { awaitStart, misbehave, misbehaveAtOnce, type StreamFault } from './faults.ts';

/** How far `echo` reads ahead of a client that sends all before it reads anything, as browsers do. */
const MAX_ECHO_PENDING_BYTES = 32 * 1024 * 1024;
const MAX_CHUNK_BYTES = 1024 * 1024;
const DEFAULT_CHUNK_BYTES = 65_536;

interface Inquiry {
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** What stands in the path behind the diagnostic's name. */
  readonly argument: string;
  /** Counts pieces of the answer. */
  readonly fault: StreamFault | undefined;
}

type Diagnostic = (inquiry: Inquiry) => Promise<void>;

/** Paths under `/v1beta/emulator/` that the real service does not have: they show what goes through, byte for byte. */
const DIAGNOSTICS: Readonly<Record<string, Diagnostic>> = {
  'POST echo': echo,
  'POST digest': digest,
  'GET bytes': bytes,
  'GET sse': sse,
};

/** Finds the diagnostic that a request asks for. Of a behaviour it knows `delayMs` and `fault`. */
export function findDiagnostic(
  method: string,
  path: string,
): ((exchange: Exchange, clock: Clock, behaviour: Behaviour) => Promise<void>) | undefined {
  const match = /^\/v1(?:alpha|beta)?\/emulator\/([a-z]+)(?:\/([^/?]*))?(?:\?|$)/.exec(path);
  const diagnostic = DIAGNOSTICS[`${method} ${match?.[1]}`];
  if (diagnostic === undefined) return undefined;
  return async (exchange, clock, behaviour) => {
    const { fault } = behaviour;
    await awaitStart(exchange, behaviour, clock);
    if (await misbehaveAtOnce(exchange, fault, undefined)) return;
    // A status has been thrown, so what is left comes in the middle of the answer.
    const later = fault?.kind === 'status' ? undefined : fault;
    await diagnostic({ exchange, clock, argument: match?.[2] ?? '', fault: later });
  };
}

async function echo({ exchange, fault }: Inquiry): Promise<void> {
  const contentType = exchange.header('content-type') ?? 'application/octet-stream';
  const sink = exchange.openBody(200, { 'content-type': contentType }, { compress: false });
  let sentChunks = 0;
  await exchange.consumeBody((chunk) => {
    if (sentChunks === fault?.afterChunks) return;
    sentChunks += 1;
    sink.write(chunk);
    if (exchange.pendingBytes > MAX_ECHO_PENDING_BYTES) exchange.pauseUntilDrained();
  });
  if (fault === undefined) sink.end();
  else await misbehave(exchange, sink, fault, undefined);
}

async function digest({ exchange }: Inquiry): Promise<void> {
  const meter = new DigestMeter();
  await exchange.consumeBody((chunk) => meter.update(chunk));
  await exchange.send(200, { 'content-type': 'application/json; charset=UTF-8' }, formatPrettyJson(meter.digest()));
}

/** Its head tells the length, so that an error has no place in it: the connection breaks instead. */
async function bytes({ exchange, argument, fault }: Inquiry): Promise<void> {
  const count = requireCount(argument);
  const seed = numberParameter(exchange, 'seed', 0);
  const chunkBytes = Math.max(1, Math.min(numberParameter(exchange, 'chunk', DEFAULT_CHUNK_BYTES), MAX_CHUNK_BYTES));
  const headers = { 'content-type': 'application/octet-stream', 'content-length': count };
  const sink = exchange.openBody(200, headers, { compress: false });
  for (let offset = 0; offset < count; offset += chunkBytes) {
    if (offset / chunkBytes === fault?.afterChunks) {
      return fault.kind === 'hang' ? misbehave(exchange, sink, fault, undefined) : exchange.cut();
    }
    const chunk = new Uint8Array(Math.min(chunkBytes, count - offset));
    fillPseudoRandom(chunk, seed, offset);
    if (!sink.write(chunk)) await sink.drained();
  }
  sink.end();
}

/** Each event carries its number at the start of its text, so that a missing or swapped one is noticed. */
async function sse({ exchange, clock, fault }: Inquiry): Promise<void> {
  const events = numberParameter(exchange, 'events', 100);
  const textBytes = numberParameter(exchange, 'bytes', 100);
  const intervalMs = numberParameter(exchange, 'intervalMs', 0);
  const headers = { 'content-type': 'text/event-stream', 'content-disposition': 'attachment' };
  const sink = exchange.openBody(200, headers, { compress: true });
  for (let index = 0; index < events; index += 1) {
    if (index === fault?.afterChunks) return misbehave(exchange, sink, fault, undefined);
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
