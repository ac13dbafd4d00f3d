import { formatPrettyJson, formatSseEvent, JSON_ARRAY_FRAMING } from '@gemini-proxy/gemini';
import type { Answer } from './answer.ts';
import type { Behaviour } from './behaviour.ts';
import type { Clock } from './clock.ts';
import { type ApiError, apiErrorOfStatus } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { awaitStart, misbehave, misbehaveAtOnce, type StreamFault } from './faults.ts';
import { text, toMessage } from './proto-json.ts';

/** How a call wants its answer framed: one JSON value, an array of them, or server-sent events, Google's, OpenAI's or those of interactions. */
export type Framing = 'unary' | 'array' | 'sse' | 'openai' | 'interactions';

interface Delivery {
  readonly exchange: Exchange;
  readonly framing: Framing;
  readonly behaviour: Behaviour;
  readonly clock: Clock;
  readonly model: string | undefined;
}

const CONTENT_TYPES: Readonly<Record<Framing, Readonly<Record<string, string>>>> = {
  unary: { 'content-type': 'application/json; charset=UTF-8' },
  array: { 'content-type': 'application/json; charset=UTF-8' },
  sse: { 'content-type': 'text/event-stream', 'content-disposition': 'attachment' },
  openai: { 'content-type': 'application/json; charset=UTF-8' },
  interactions: { 'content-type': 'application/json; charset=UTF-8' },
};

/** Sends an answer the way the behaviour asks for. The answer is made only when its time has come. */
export async function deliver(delivery: Delivery, makeAnswer: () => Answer): Promise<void> {
  const { exchange, behaviour, clock, model, framing } = delivery;
  const { fault, rawBody } = behaviour;
  await awaitStart(exchange, behaviour, clock);
  if (rawBody !== undefined) return sendRaw(delivery, rawBody);
  if (fault?.kind === 'mid-stream-error' && framing === 'unary') throw apiErrorOfStatus(fault.code, model);
  if (await misbehaveAtOnce(exchange, fault, model)) return;
  // A status has been thrown, so what is left comes in the middle of the answer.
  const later = fault?.kind === 'status' ? undefined : fault;

  const answer = makeAnswer();
  if (answer.kind === 'stream') return sendStream(delivery, answer.chunks, later);
  if (answer.kind === 'bytes') return exchange.sendBytes(200, { 'content-type': answer.contentType }, answer.body);
  const text = formatPrettyJson(answer.value);
  if (later !== undefined) return sendHalves(delivery, text, later);
  await exchange.send(200, headersOf(delivery), text);
}

/** Sends an error in the form that the call's framing has for it. */
export async function sendApiError(exchange: Exchange, framing: Framing, error: ApiError): Promise<void> {
  const { array, start, end } = { array: framing === 'array' || framing === 'openai', ...JSON_ARRAY_FRAMING };
  const pretty = formatPrettyJson(framing === 'interactions' ? withNamedCode(error) : error.body);
  const contentType = framing === 'sse' ? 'text/event-stream' : 'application/json; charset=UTF-8';
  await exchange.send(error.code, { 'content-type': contentType, ...error.headers }, array ? `${start}${pretty}${end}` : pretty);
}

async function sendStream(delivery: Delivery, chunks: Iterable<unknown>, fault: StreamFault | undefined): Promise<void> {
  const { exchange, framing, behaviour, clock, model } = delivery;
  const { chunkIntervalMs = 0 } = behaviour;
  const headers =
    framing === 'openai' || framing === 'interactions'
      ? { ...headersOf(delivery), 'content-type': 'text/event-stream' }
      : headersOf(delivery);
  const sink = exchange.openBody(200, headers, { compress: true });
  const frame = FRAMES[framing]();
  let sentChunks = 0;
  for (const chunk of chunks) {
    if (fault !== undefined && sentChunks === fault.afterChunks) return misbehave(exchange, sink, fault, model);
    if (sentChunks > 0 && chunkIntervalMs > 0) await clock.sleep(chunkIntervalMs, exchange.signal);
    if (!sink.write(Buffer.from(frame(chunk)))) await sink.drained();
    sentChunks += 1;
  }
  if (fault !== undefined) return misbehave(exchange, sink, fault, model);
  if (framing === 'openai') sink.write(Buffer.from('data: [DONE]\n\n'));
  if (framing === 'array') sink.write(Buffer.from(sentChunks === 0 ? '[]' : JSON_ARRAY_FRAMING.end));
  sink.end();
}

async function sendHalves(delivery: Delivery, text: string, fault: StreamFault): Promise<void> {
  const body = Buffer.from(text);
  const middle = Math.ceil(body.byteLength / 2);
  const halves = [body.subarray(0, middle), body.subarray(middle)];
  const headers = { ...headersOf(delivery), 'content-length': body.byteLength };
  const sink = delivery.exchange.openBody(200, headers, { compress: false });
  for (const half of halves.slice(0, fault.afterChunks)) sink.write(half);
  await misbehave(delivery.exchange, sink, fault, delivery.model);
}

async function sendRaw(delivery: Delivery, rawBody: NonNullable<Behaviour['rawBody']>): Promise<void> {
  const { exchange, behaviour, clock, model } = delivery;
  const { fault, chunkIntervalMs = 0 } = behaviour;
  const status = fault?.kind === 'status' ? fault.status : 200;
  const sink = exchange.openBody(status, headersOf(delivery), { compress: false });
  let sentChunks = 0;
  for await (const chunk of piecesOf(rawBody, behaviour.chunkBytes)) {
    if (fault !== undefined && fault.kind !== 'status' && sentChunks === fault.afterChunks) {
      return misbehave(exchange, sink, fault, model);
    }
    if (sentChunks > 0 && chunkIntervalMs > 0) await clock.sleep(chunkIntervalMs, exchange.signal);
    if (!sink.write(chunk)) await sink.drained();
    sentChunks += 1;
  }
  if (fault !== undefined && fault.kind !== 'status') return misbehave(exchange, sink, fault, model);
  sink.end();
}

async function* piecesOf(rawBody: NonNullable<Behaviour['rawBody']>, pieceBytes: number | undefined): AsyncGenerator<Uint8Array> {
  if (typeof rawBody !== 'string' && !(rawBody instanceof Uint8Array)) {
    yield* rawBody;
    return;
  }
  const bytes = typeof rawBody === 'string' ? Buffer.from(rawBody) : rawBody;
  const step = pieceBytes ?? Math.max(1, bytes.byteLength);
  for (let start = 0; start < bytes.byteLength; start += step) yield bytes.subarray(start, start + step);
}

const FRAMES: Readonly<Record<Framing, () => (chunk: unknown) => string>> = {
  unary: createArrayFrame,
  array: createArrayFrame,
  sse: () => formatSseEvent,
  openai: () => formatOpenaiEvent,
  interactions: () => formatNamedEvent,
};

/** The Interactions API has names for its errors; only that of a bad request is known. */
function withNamedCode({ body: { error } }: ApiError): unknown {
  const code = error.status === 'INVALID_ARGUMENT' ? 'invalid_request' : error.status.toLowerCase();
  return { error: { message: error.message, code } };
}

function formatNamedEvent(chunk: unknown): string {
  return `event: ${text(toMessage(chunk), 'event_type')}\ndata: ${JSON.stringify(chunk)}\n\n`;
}

function formatOpenaiEvent(chunk: unknown): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function createArrayFrame(): (chunk: unknown) => string {
  let opening: string = JSON_ARRAY_FRAMING.start;
  return (chunk) => {
    const text = opening + formatPrettyJson(chunk);
    opening = JSON_ARRAY_FRAMING.separator;
    return text;
  };
}

function headersOf({ framing, behaviour }: Delivery): Readonly<Record<string, string>> {
  return behaviour.responseHeaders === undefined
    ? CONTENT_TYPES[framing]
    : { ...CONTENT_TYPES[framing], ...behaviour.responseHeaders };
}
