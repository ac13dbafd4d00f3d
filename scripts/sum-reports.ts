/** Reads Vitest's JSON reports, counts each test once (failed if it failed anywhere), and closes with the line that CI reads. */
import { readFileSync } from 'node:fs';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const failedByTest = new Map<string, boolean>();
for (const path of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  for (const file of report.testResults) {
    if (file.status === 'failed' && file.assertionResults.length === 0) failedByTest.set(file.name, true);
    for (const test of file.assertionResults) {
      const id = `${file.name}\0${test.fullName}`;
      failedByTest.set(id, failedByTest.get(id) === true || test.status === 'failed');
    }
  }
}
const failed = [...failedByTest.values()].filter(Boolean).length;
console.log(`${failedByTest.size - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
