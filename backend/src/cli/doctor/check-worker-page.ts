import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, ok, problem } from './finding.ts';

/** Whether the files for AI Studio are there to be imported or pasted. */
export async function checkWorkerPage(folder: string, callName: string): Promise<Finding> {
  const isThere = await stat(join(folder, 'index.html')).then(
    () => true,
    () => false,
  );
  if (isThere) return ok('worker-page', `The worker page's files are in ${folder}.`);
  const remedy = callName.startsWith('npm') ? 'Run: npm run build' : 'Install gemini-proxy again.';
  return problem('worker-page', `The worker page's files are not in ${folder}.`, remedy);
}
