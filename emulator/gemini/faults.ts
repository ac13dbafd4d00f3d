import { formatPrettyJson } from '@gemini-proxy/gemini';
import type { Behaviour, Fault } from './behaviour.ts';
import { type BodySink, withAbort } from './body-sink.ts';
import type { Clock } from './clock.ts';
import { apiErrorOfStatus } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** A fault that comes when a part of the answer is out. */
export type StreamFault = Exclude<Fault, { kind: 'status' }>;

/** Waits as long as the behaviour says. */
export async function awaitStart(exchange: Exchange, { delayMs = 0 }: Behaviour, clock: Clock): Promise<void> {
  if (delayMs > 0) await clock.sleep(delayMs, exchange.signal);
}

/** Whether the fault comes before the answer's head; then it has come when this resolves. */
export async function misbehaveAtOnce(exchange: Exchange, fault: Fault | undefined, model: string | undefined): Promise<boolean> {
  if (fault?.kind === 'status') throw apiErrorOfStatus(fault.status, model);
  if (fault === undefined || fault.afterChunks > 0 || fault.kind === 'mid-stream-error') return false;
  if (fault.kind === 'hang') await hang(exchange);
  else exchange.cut();
  return true;
}

/** What has been written is given to the network first, so that the fault is seen after it and not in its place. */
export async function misbehave(
  exchange: Exchange,
  sink: BodySink,
  fault: StreamFault,
  model: string | undefined,
): Promise<void> {
  await exchange.flushed();
  switch (fault.kind) {
    case 'hang':
      return hang(exchange);
    case 'cut':
      return exchange.cut();
    case 'mid-stream-error':
      sink.write(Buffer.from(formatPrettyJson(apiErrorOfStatus(fault.code, model).body)));
      return sink.end();
    default:
      fault satisfies never;
  }
}

/** Never resolves: ends with the client's leaving or the emulator's end. */
export function hang(exchange: Exchange): Promise<void> {
  exchange.discardBody();
  return withAbort(exchange.signal, () => () => {});
}
