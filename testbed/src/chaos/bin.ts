/** `npm run chaos`: everything at once goes wrong in ways drawn from a seed, and what clients see is checked. */
import { randomInt } from 'node:crypto';
import { type ChaosArguments, parseChaosArguments, usage } from './options.ts';
import { formatProgress, formatReport } from './report-text.ts';
import { runChaos } from './run-chaos.ts';

const interrupted = 130;

function readArguments(): ChaosArguments | undefined {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage);
    return undefined;
  }
  try {
    return parseChaosArguments(process.argv.slice(2), () => randomInt(2 ** 32));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function run(options: ChaosArguments): Promise<void> {
  process.stdout.write(`seed ${options.seed}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write(`\nstopped; again with --seed ${options.seed}\n`);
      process.exit(interrupted);
    });
  }
  const isTerminal = process.stdout.isTTY;
  let lastShownSecond = 0;
  const report = await runChaos({
    ...options,
    onFinding: (text) => process.stderr.write(`${isTerminal ? '\r\x1b[K' : ''}✗ ${text}\n`),
    onProgress: (progress) => {
      const second = Math.floor(progress.elapsedMs / 1000);
      if (isTerminal) process.stdout.write(`\r\x1b[K${formatProgress(progress)}`);
      else if (second - lastShownSecond >= 15) {
        lastShownSecond = second;
        process.stdout.write(`${formatProgress(progress)}\n`);
      }
    },
  });
  process.stdout.write(`${isTerminal ? '\r\x1b[K' : ''}\n${formatReport(report)}`);
  if (report.findings.length > 0) process.exitCode = 1;
}

const options = readArguments();
if (options !== undefined) {
  try {
    await run(options);
  } catch (error) {
    process.stderr.write(`\n✗ seed ${options.seed}: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
