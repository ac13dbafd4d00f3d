import { formatPrettyJson, formatSseEvent, JSON_ARRAY_FRAMING } from '@gemini-proxy/gemini';
import type { Answer } from './answer.ts';
import type { Behaviour, Fault } from './behaviour.ts';
import { type BodySink, withAbort } from './body-sink.ts';
import type { Clock } from './clock.ts';
import { type ApiError, apiErrorOfStatus } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** How a call wants its answer framed: one JSON value, an array of them, or server-sent events, Google's or OpenAI's. */
export type Framing = 'unary' | 'array' | 'sse' | 'openai';

interface Delivery {
  readonly exchange: Exchange;
  readonly framing: Framing;
  readonly behaviour: Behaviour;
  readonly clock: Clock;
  readonly model: string | undefined;
}

type StreamFault = Exclude<Fault, { kind: 'status' }>;

const CONTENT_TYPES: Readonly<Record<Framing, Readonly<Record<string, string>>>> = {
  unary: { 'content-type': 'application/json; charset=UTF-8' },
  array: { 'content-type': 'application/json; charset=UTF-8' },
  sse: { 'content-type': 'text/event-stream', 'content-disposition': 'attachment' },
  openai: { 'content-type': 'application/json; charset=UTF-8' },
};

/** Sends an answer the way the behaviour asks for. The answer is made only when its time has come. */
export async function deliver(delivery: Delivery, makeAnswer: () => Answer): Promise<void> {
  const { exchange, behaviour, clock, model, framing } = delivery;
  const { delayMs = 0, fault, rawBody } = behaviour;
  if (delayMs > 0) await clock.sleep(delayMs, exchange.signal);
  if (rawBody !== undefined) return sendRaw(delivery, rawBody);
  if (fault?.kind === 'status') throw apiErrorOfStatus(fault.status, model);
  if (fault?.kind === 'mid-stream-error' && framing === 'unary') throw apiErrorOfStatus(fault.code, model);
  if (fault?.kind === 'cut' && fault.afterChunks <= 0) return exchange.cut();
  if (fault?.kind === 'hang' && fault.afterChunks <= 0) return untilLeft(exchange.signal);

  const answer = makeAnswer();
  if (answer.kind === 'stream') return sendStream(delivery, answer.chunks, fault);
  if (answer.kind === 'bytes') return exchange.sendBytes(200, { 'content-type': answer.contentType }, answer.body);
  const text = formatPrettyJson(answer.value);
  if (fault !== undefined) return sendHalves(delivery, text, fault);
  await exchange.send(200, headersOf(delivery), text);
}

/** Sends an error in the form that the call's framing has for it. */
export async function sendApiError(exchange: Exchange, framing: Framing, error: ApiError): Promise<void> {
  const { array, start, end } = { array: framing === 'array' || framing === 'openai', ...JSON_ARRAY_FRAMING };
  const pretty = formatPrettyJson(error.body);
  const contentType = framing === 'sse' ? 'text/event-stream' : 'application/json; charset=UTF-8';
  await exchange.send(error.code, { 'content-type': contentType, ...error.headers }, array ? `${start}${pretty}${end}` : pretty);
}

async function sendStream(delivery: Delivery, chunks: Iterable<unknown>, fault: StreamFault | undefined): Promise<void> {
  const { exchange, framing, behaviour, clock } = delivery;
  const { chunkIntervalMs = 0 } = behaviour;
  const headers = framing === 'openai' ? { ...headersOf(delivery), 'content-type': 'text/event-stream' } : headersOf(delivery);
  const sink = exchange.openBody(200, headers, { compress: true });
  const frame = framing === 'openai' ? formatOpenaiEvent : framing === 'sse' ? formatSseEvent : createArrayFrame();
  let sentChunks = 0;
  for (const chunk of chunks) {
    if (fault !== undefined && sentChunks === fault.afterChunks) return misbehave(delivery, sink, fault);
    if (sentChunks > 0 && chunkIntervalMs > 0) await clock.sleep(chunkIntervalMs, exchange.signal);
    if (!sink.write(Buffer.from(frame(chunk)))) await sink.drained();
    sentChunks += 1;
  }
  if (fault !== undefined) return misbehave(delivery, sink, fault);
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
  await misbehave(delivery, sink, fault);
}

async function sendRaw(delivery: Delivery, rawBody: NonNullable<Behaviour['rawBody']>): Promise<void> {
  const { exchange, behaviour, clock } = delivery;
  const { fault, chunkIntervalMs = 0 } = behaviour;
  const status = fault?.kind === 'status' ? fault.status : 200;
  const sink = exchange.openBody(status, headersOf(delivery), { compress: false });
  let sentChunks = 0;
  for await (const chunk of piecesOf(rawBody, behaviour.chunkBytes)) {
    if (fault !== undefined && fault.kind !== 'status' && sentChunks === fault.afterChunks) {
      return misbehave(delivery, sink, fault);
    }
    if (sentChunks > 0 && chunkIntervalMs > 0) await clock.sleep(chunkIntervalMs, exchange.signal);
    if (!sink.write(chunk)) await sink.drained();
    sentChunks += 1;
  }
  if (fault !== undefined && fault.kind !== 'status') return misbehave(delivery, sink, fault);
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

/** What has been written is given to the network first, so that the fault is seen after it and not in its place. */
async function misbehave(delivery: Delivery, sink: BodySink, fault: StreamFault): Promise<void> {
  const { exchange, model } = delivery;
  await exchange.flushed();
  switch (fault.kind) {
    case 'hang':
      return untilLeft(exchange.signal);
    case 'cut':
      return exchange.cut();
    case 'mid-stream-error':
      sink.write(Buffer.from(formatPrettyJson(apiErrorOfStatus(fault.code, model).body)));
      return sink.end();
    default:
      fault satisfies never;
  }
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

/** Never resolves: ends with the client's leaving or the emulator's end. */
function untilLeft(signal: AbortSignal): Promise<void> {
  return withAbort(signal, () => () => {});
}
