import { setTimeout as delay } from 'node:timers/promises';

const lineBytes = 512;

/** A streamed answer that takes a certain time: its lines follow from their number, so that a lost or changed one is seen. */
export async function* pacedAnswer(seed: string, lines: number, everyMs: number): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let line = 0; line < lines; line += 1) {
    yield encoder.encode(lineOf(seed, line));
    await delay(everyMs);
  }
}

export function expectedAnswer(seed: string, lines: number): string {
  return Array.from({ length: lines }, (_, line) => lineOf(seed, line)).join('');
}

function lineOf(seed: string, line: number): string {
  return `${`data: {"text":"${seed} ${line} `.padEnd(lineBytes - 6, '.')}"}\r\n\r\n`;
}
