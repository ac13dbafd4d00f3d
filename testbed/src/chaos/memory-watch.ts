import { readdirSync } from 'node:fs';
import type { ChaosStack } from './chaos-stack.ts';

const mebibyte = 1024 * 1024;

/** What a process holds, in MiB; `live` is what its objects need after a collection, `resident` what the system has given it. */
export interface Holding {
  readonly live: number;
  readonly resident: number;
}

export interface Sample {
  readonly atMs: number;
  readonly gateway: Holding;
  /** The first Node worker, which is never killed. */
  readonly worker: Holding;
}

export async function takeSample(stack: ChaosStack): Promise<Sample> {
  const [worker] = stack.workers;
  if (worker === undefined) throw new Error('There is no worker to look at.');
  return { atMs: performance.now(), gateway: await holdingOf(stack.gateway), worker: await holdingOf(worker) };
}

/** By how much a value rises a minute: the slope of the straight line that fits best. */
export function slopePerMinute(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const points = samples.map((sample) => ({ x: sample.atMs / 60_000, y: read(sample) }));
  const meanX = meanOf(points.map(({ x }) => x));
  const meanY = meanOf(points.map(({ y }) => y));
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}

/** Files and sockets that a process has open (Linux). */
export function openFilesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function holdingOf(process: { liveBytes(): Promise<number>; residentBytes(): number }): Promise<Holding> {
  return { live: (await process.liveBytes()) / mebibyte, resident: process.residentBytes() / mebibyte };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
