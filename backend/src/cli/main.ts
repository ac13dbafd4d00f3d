import { CommanderError } from 'commander';
import { SecretsError } from '../auth/secrets.ts';
import { ConfigError } from '../config/config-error.ts';
import { nearestName } from '../config/nearest-name.ts';
import { StoreError } from '../store/store.ts';
import { CommandError } from './command-error.ts';
import { type Context, createContext } from './context.ts';
import { type ExitCode, type ExitName, exitCodes } from './exit-code.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs the command line until its command has ended, and returns what the process should end with. */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let result: ExitCode = exitCodes.ok;
  const context = createContext(surroundings, (code) => {
    result = code;
  });
  try {
    const program = createProgram(context);
    refuseUnknownCommand(
      argv[0],
      program.commands.map((command) => command.name()),
    );
    await program.parseAsync(argv, { from: 'user' });
    return result;
  } catch (error) {
    // Help counts as an error there, with exit code 0.
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    return report(explain(error, context), argv.includes('--json'), context);
  }
}

/** The default command would take it for an argument. */
function refuseUnknownCommand(word: string | undefined, known: readonly string[]): void {
  if (word === undefined || word.startsWith('-') || known.includes(word)) return;
  const nearest = nearestName(word, known);
  const suggestion = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  throw new CommandError('badConfiguration', `There is no command ${word}${suggestion}. All commands: --help.`);
}

interface Failure {
  readonly exit: ExitName;
  readonly message: string;
  /** Whether people have read it already. */
  readonly isWritten?: boolean;
}

function report({ exit, message, isWritten }: Failure, isJson: boolean, { writeError }: Context): ExitCode {
  const code = exitCodes[exit];
  if (isJson) writeError(`${JSON.stringify({ error: { exitCode: code, exit, message } })}\n`);
  else if (!isWritten) writeError(`${message}\n`);
  return code;
}

function explain(error: unknown, { callName }: Context): Failure {
  if (error instanceof CommandError) return { exit: error.exit, message: error.message };
  if (error instanceof CommanderError) return { exit: 'badConfiguration', message: error.message, isWritten: true };
  if (error instanceof ConfigError) {
    const problems = error.problems.map((problem) => `  ${problem}\n`).join('');
    const help = `All settings: ${callName} serve --help, or docs/configuration.md.`;
    return { exit: 'badConfiguration', message: `The configuration is wrong:\n${problems}${help}` };
  }
  return { exit: 'failure', message: describe(error) };
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
