import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the message of the error. */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/** Polls until the condition gives something truthy, and gives that back. Throws when the time is up. */
export async function waitUntil<Result>(
  condition: () => Result | Promise<Result>,
  options: WaitOptions,
): Promise<NonNullable<Result>> {
  const { what, timeoutMs = 15_000, intervalMs = 10 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await delay(intervalMs);
  }
}
