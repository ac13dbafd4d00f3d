import { CommanderError } from 'commander';
import { SecretsError } from '../auth/secrets.ts';
import { ConfigError } from '../config/config-error.ts';
import { StoreError } from '../store/store.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { createProgram } from './program.ts';
import { serve } from './serve.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs the command line until the gateway has stopped, and returns what the process should end with. */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { writeOutput, writeError } = surroundings;
  const program = createProgram({ onServe: (given) => serve(given, surroundings), writeOutput, writeError });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return explain(error, writeError);
  }
}

function explain(error: unknown, writeError: (text: string) => void): ExitCode {
  if (error instanceof CommanderError) {
    // Help counts as an error there, with exit code 0; the text of a real one is already written.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.badConfiguration;
  }
  if (error instanceof ConfigError) {
    const problems = error.problems.map((problem) => `  ${problem}\n`).join('');
    writeError(`The configuration is wrong:\n${problems}All settings: --help, or docs/configuration.md.\n`);
    return exitCodes.badConfiguration;
  }
  writeError(`${describe(error)}\n`);
  return exitCodes.failure;
}

function describe(error: unknown): string {
  if (error instanceof SecretsError || error instanceof StoreError) return error.message;
  if (!(error instanceof Error)) return `The gateway failed: ${String(error)}`;
  const known = listenProblem(error) ?? listenProblem(error.cause);
  return known ?? `The gateway failed: ${error.stack ?? error.message}`;
}

/** Why the address cannot be listened on, and what to do; `undefined` for any other failure. */
function listenProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const port = 'port' in error ? error.port : undefined;
  const address = 'address' in error ? error.address : undefined;
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} of ${address} is in use, perhaps by another gateway. Stop that program, or choose another port with --port.`;
  }
  if (error.code === 'EACCES' && error.syscall === 'listen') {
    return `Port ${port} needs special rights. Choose one above 1023 with --port.`;
  }
  if (error.code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine. Choose another with --host.`;
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    const name = 'hostname' in error ? error.hostname : undefined;
    return `The host name ${name} cannot be resolved. Choose another with --host.`;
  }
  return undefined;
}
