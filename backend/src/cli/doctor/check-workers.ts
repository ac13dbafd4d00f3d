import type { ConsoleWorker } from '../../console/contract.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Whether requests would be executed; if not, what each worker needs. */
export function checkWorkers(workers: readonly ConsoleWorker[], callName: string): readonly Finding[] {
  if (workers.length === 0) {
    return [
      problem(
        'workers',
        'No worker is connected.',
        `Open the worker page in AI Studio: ${callName} open shows how. Or start the gateway with an official key in GEMINI_API_KEY.`,
      ),
    ];
  }
  const ready = workers.filter(({ state, isPaused }) => state === 'ready' && !isPaused);
  const aside = workers.filter((worker) => !ready.includes(worker));
  // One that is ready is enough; then the others break nothing.
  const report = ready.length > 0 ? note : problem;
  return [
    ...(ready.length > 0 ? [ok('workers', `${ready.length} of ${workers.length} workers ready.`)] : []),
    ...aside.map((worker) => {
      const name = worker.label ?? worker.id;
      const state = worker.isPaused ? 'paused' : worker.state;
      const reason = worker.reason === '' ? '' : ` (${worker.reason})`;
      return report(
        'workers',
        `Worker ${name} of ${worker.account} is not ready: ${state}${reason}.`,
        remedyFor(worker, callName),
      );
    }),
  ];
}

function remedyFor({ state, kind, id, isPaused }: ConsoleWorker, callName: string): string {
  if (isPaused) return `Run: ${callName} workers resume ${id}`;
  switch (state) {
    case 'needs-interaction':
      return 'Click anywhere in the worker page once: AI Studio forwards calls only after that.';
    case 'refused':
      return kind === 'keyed'
        ? 'Check the official key in GEMINI_API_KEY: the Gemini API refuses it.'
        : 'Sign in to AI Studio again, and reload the worker page there, in the preview of the app.';
    case 'suspended':
      return 'Its connection broke and is expected back within seconds; else reload the worker page.';
    case 'probing':
      return 'Its test call is running: ask again in a few seconds.';
    case 'draining':
    case 'gone':
      return 'It is on its way out; reload the worker page to have it back.';
    case 'paused':
      return 'Its user paused it: resume it in the worker page.';
    case 'ready':
      return 'Ask again.';
    default:
      return state satisfies never;
  }
}
