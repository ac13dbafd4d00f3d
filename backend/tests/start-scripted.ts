import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../src/index.ts';
import { connectScriptedWorker, type Script } from './scripted-worker.ts';
import { clientKey, type StartedGateway, startGateway } from './start-gateway.ts';

const patienceMs = 10_000;

export const unaryPath = '/v1beta/models/gemini-2.5-flash:generateContent';
export const ssePath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse';
export const arrayPath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent';
export const withKey = { 'x-goog-api-key': clientKey };

interface GoogleError {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details: readonly { readonly reason?: string; readonly domain?: string }[];
  };
}

/** Status, Google's status name and the stable reason of an error answer. */
export async function verdictOf(answer: Response): Promise<readonly [number, string, string | undefined]> {
  const parsed = JSON.parse(await answer.text()) as GoogleError | [GoogleError];
  const { error } = Array.isArray(parsed) ? parsed[0] : parsed;
  assert.equal(error.code, answer.status);
  assert.equal(error.details[0]?.domain, 'gemini-proxy');
  return [answer.status, error.status, error.details[0]?.reason];
}

/** A gateway with one worker that follows the script. */
export async function start(script: Script, config: Partial<Config> = {}): Promise<StartedGateway & AsyncDisposable> {
  const started = await startGateway(config);
  await connectScriptedWorker({ port: started.port, script });
  const giveUpAt = performance.now() + patienceMs;
  while (started.gateway.workers()[0]?.state !== 'ready') {
    if (performance.now() > giveUpAt) throw new Error('the worker did not become ready');
    await delay(5);
  }
  return started;
}
