import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { findChromium } from '@gemini-proxy/testbed';
import { describeMachine } from './report/machine.ts';
import { formatMarkdown } from './report/markdown.ts';
import { createTable } from './report/tables.ts';
import { formatTerminalTable, formatTerminalVerdict } from './report/terminal.ts';
import { createVerdicts } from './report/verdicts.ts';
import { runBenchmark } from './run-benchmark.ts';
import { createScenarios, createWarmUp } from './scenarios.ts';
import { startTargets } from './targets/start-targets.ts';
import { chromiumTargets, type TargetName, targetNames } from './targets/target.ts';

const benchmarksPage = new URL('../../docs/benchmarks.md', import.meta.url);
const help = `npm run bench -- [options]
  --quick          one short round: does it run at all?
  --rounds N       rounds (default 10; medians are over them)
  --only A,B       targets (${targetNames.join(', ')}) and scenarios (unary-1, unary-32, unary-256, streams-paced, streams-full)
  --json FILE      writes every sample of every round
  --write          writes docs/benchmarks.md
  --profile FOLDER writes the CPU profiles of the gateways there, when they end
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}

const rounds = Number(values.rounds ?? (values.quick ? 1 : 10));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds wants a whole number from 1, not ${values.rounds}`);
const only = values.only.split(',').filter((name) => name !== '');
const allScenarios = createScenarios(values.quick);
const unknown = only.filter((name) => !isTargetName(name) && !allScenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0) throw new Error(`--only: unknown ${unknown.join(', ')}\n${help}`);
const someTargets = only.filter(isTargetName);
const wanted = new Set<TargetName>(someTargets.length > 0 ? someTargets : targetNames);
if (findChromium() === undefined) {
  console.error(
    'Without Chromium the targets with a page are left out. Debian: apt-get install chromium; elsewhere name it in CHROMIUM_PATH.',
  );
  for (const name of chromiumTargets) wanted.delete(name);
}
const someScenarios = allScenarios.filter((scenario) => only.includes(scenario.name));
const scenarios = someScenarios.length > 0 ? someScenarios : allScenarios;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(`ended by ${signal}`)));

const machine = describeMachine();
await using stack = await startTargets(wanted, { profileFolder: values.profile });
const results = await runBenchmark(scenarios, stack.targets, {
  rounds,
  warmUp: createWarmUp(values.quick),
  signal: stopping.signal,
  onProgress: (text) => console.error(text),
});

const verdicts = createVerdicts(results);
console.log(`\n${machine.join('\n')}\n${rounds} rounds; medians; CPU in microseconds per request (a stream is one request)\n`);
const tables = scenarios.map((scenario) => createTable(scenario, results));
for (const table of tables) console.log(`${formatTerminalTable(table)}\n`);
for (const verdict of verdicts) console.log(formatTerminalVerdict(verdict));
const failure = results.flatMap((result) => result.samples.map((sample) => sample.measure.failure)).find((text) => text !== null);
if (failure !== undefined) console.log(`first failure: ${failure}`);
if (values.json !== undefined) await writeFile(values.json, JSON.stringify({ machine, rounds, results, verdicts }, null, 1));
if (values.write) {
  const date = new Date().toISOString().slice(0, 10);
  await writeFile(benchmarksPage, formatMarkdown({ date, machine, rounds, tables, verdicts }));
}

function isTargetName(name: string): name is TargetName {
  return targetNames.some((known) => known === name);
}
