import { type Finding, ok, problem } from './finding.ts';

/** The oldest Node on which the program is tested; package.json says the same. */
const oldestMajor = 24;

export function checkNode(nodeVersion: string): Finding {
  if (Number.parseInt(nodeVersion, 10) >= oldestMajor) return ok('node', `Node ${nodeVersion}`);
  return problem('node', `Node ${nodeVersion} is too old.`, `Install Node ${oldestMajor} or later from https://nodejs.org.`);
}
