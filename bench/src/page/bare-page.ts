import { requestBody } from '../load/content.ts';
import type { Exchange, Piece } from '../load/exchange.ts';
import type { Plan } from '../load/plan.ts';
import { runPlan } from '../load/run-plan.ts';

/** Where pages find the API; in the simulator, Chromium maps the name to the local one. */
const apiOrigin = 'https://generativelanguage.googleapis.com';
const clockSamples = 20;

const controlUrl = new URLSearchParams(location.hash.slice(1)).get('control') ?? '';
const clockOffsetMs = await measureClockOffset();
for (;;) {
  const plan = (await (await fetch(`${controlUrl}/next`)).json()) as Plan;
  const measure = await runPlan(plan, (path) => send(apiOrigin + path, plan.kind === 'streams'), {
    clockOffsetMs,
    onLoadEnd: async () => void (await fetch(`${controlUrl}/loaded`)),
  });
  await fetch(`${controlUrl}/result`, { method: 'POST', body: JSON.stringify(measure) });
}

async function send(url: string, isStream: boolean): Promise<Exchange> {
  const startedAt = performance.now();
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: requestBody });
  const pieces = isStream ? await readStream(response) : await readWhole(response);
  return { status: response.status, startedAt, endedAt: performance.now(), pieces };
}

async function readWhole(response: Response): Promise<Piece[]> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return [{ at: performance.now(), bytes }];
}

async function readStream(response: Response): Promise<Piece[]> {
  const pieces: Piece[] = [];
  if (response.body === null) return pieces;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return pieces;
    pieces.push({ at: performance.now(), bytes: value });
  }
}

/** The quickest of some questions for the time says best by how much the page's clock is behind. */
async function measureClockOffset(): Promise<number> {
  let best = { roundTrip: Number.POSITIVE_INFINITY, offset: 0 };
  for (let sample = 0; sample < clockSamples; sample += 1) {
    const before = performance.timeOrigin + performance.now();
    const theirs = Number(await (await fetch(`${controlUrl}/clock`)).text());
    const after = performance.timeOrigin + performance.now();
    if (after - before < best.roundTrip) best = { roundTrip: after - before, offset: theirs - (before + after) / 2 };
  }
  return best.offset;
}
