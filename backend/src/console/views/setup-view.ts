import { workerPath } from '../../config/config.ts';
import type { WorkerView } from '../../pool/worker.ts';
import type { Setup, SetupProgress, SetupStep } from '../contract/setup.ts';
import type { WorkerTimes } from '../worker-book.ts';

/** Milliseconds for which a page is shown as connected before its probe is. */
const greetingMs = 1_000;
/** The best state first. */
const ranks: readonly SetupStep[] = ['ready', 'needs-interaction', 'probing', 'connected', 'refused', 'waiting'];
/** A model of the free tier that answers quickly. */
const modelToTry = 'gemini-2.5-flash';

/** How far the best page is; workers with an official key need no set-up, and count only among the ready ones. */
export function toProgress(
  workers: readonly WorkerView[],
  {
    nowMs,
    timesOf,
    answered,
  }: { readonly nowMs: number; readonly timesOf: (workerId: string) => WorkerTimes; readonly answered: number },
): SetupProgress {
  const pages = workers
    .filter(({ kind }) => kind !== 'keyed')
    .map((worker) => ({ worker, step: toStep(worker, nowMs - timesOf(worker.id).connectedAtMs) }))
    .sort((one, other) => ranks.indexOf(one.step) - ranks.indexOf(other.step));
  const best = pages[0];
  return {
    step: best?.step ?? 'waiting',
    workerId: best?.worker.id ?? null,
    account: best?.worker.account ?? null,
    reason: best?.worker.reason ?? '',
    readyWorkers: workers.filter(({ state }) => state === 'ready').length,
    answered,
  };
}

function toStep({ state }: WorkerView, ageMs: number): SetupStep {
  switch (state) {
    case 'ready':
    case 'paused':
      return 'ready';
    case 'needs-interaction':
    case 'refused':
      return state;
    case 'probing':
    case 'suspended':
      return ageMs < greetingMs ? 'connected' : 'probing';
    case 'draining':
    case 'gone':
      return 'waiting';
    default:
      return state satisfies never;
  }
}

export interface SetupFacts {
  readonly progress: SetupProgress;
  /** As the browser, or the command line, reaches the gateway. */
  readonly baseUrl: string;
  readonly clientKey: string;
  readonly workerToken: string;
}

export function toSetup({ progress, baseUrl, clientKey, workerToken }: SetupFacts): Setup {
  const endpoint = `${baseUrl.replace(/^http/, 'ws')}${workerPath}`;
  const fragment = `#${new URLSearchParams({ endpoint, token: workerToken })}`;
  return {
    progress,
    baseUrl,
    openAiBaseUrl: `${baseUrl}/v1beta/openai/`,
    clientKey,
    model: modelToTry,
    pairing: {
      endpoint,
      token: workerToken,
      fragment,
      link: `${baseUrl}${workerPath}${fragment}`,
      bridgeUrl: `${baseUrl}/bridge`,
      isSecure: baseUrl.startsWith('https:'),
    },
  };
}
