import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer of lines, each made of the time at which it is sent. */
export async function* makePacedBody(lineCount: number, intervalMs: number): AsyncGenerator<Uint8Array> {
  for (let line = 0; line < lineCount; line += 1) {
    if (line > 0) await delay(intervalMs);
    yield Buffer.from(`${performance.now()}\n`);
  }
}

/** Milliseconds that each line was on its way; reader and sender have the same clock. */
export async function readLatenciesMs(answer: IncomingMessage): Promise<number[]> {
  const latenciesMs: number[] = [];
  let rest = '';
  for await (const chunk of answer.setEncoding('latin1')) {
    const arrivedAtMs = performance.now();
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    latenciesMs.push(...lines.map((line) => arrivedAtMs - Number(line)));
  }
  return latenciesMs;
}
