import { Command } from 'commander';
import { addCompletionCommand } from './commands/completion.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEnvCommand } from './commands/env.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addOpenCommand } from './commands/open.ts';
import { addServeCommand } from './commands/serve.ts';
import { addStatusCommand } from './commands/status.ts';
import { addWorkersCommand } from './commands/workers.ts';
import type { AddCommand, Context } from './context.ts';
import { exitCodeTable } from './exit-code.ts';

/** In the order in which the help text lists them. */
const commands: readonly AddCommand[] = [
  addServeCommand,
  addDemoCommand,
  addOpenCommand,
  addEnvCommand,
  addStatusCommand,
  addWorkersCommand,
  addKeysCommand,
  addLogsCommand,
  addDoctorCommand,
  addCompletionCommand,
];

/** The whole command line. Throws `CommanderError` instead of exiting. */
export function createProgram(context: Context): Command {
  const program = new Command('gemini-proxy').exitOverride().helpCommand(false);
  program.configureOutput({
    writeOut: context.writeOutput,
    writeErr: context.writeError,
    getOutHelpWidth: () => context.outputFacts().columns,
    getErrHelpWidth: () => context.errorFacts().columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  program.description(
    'Programs speak the Gemini API to the gateway; a page that you keep open in Google AI Studio executes their requests.',
  );
  program.configureHelp({ commandUsage: (command) => usageOf(context, command) });
  program.helpOption('-h, --help', 'Show this text; after a command, its own.');
  program.version(context.version, '-V, --version', 'Show the version.');
  program.addHelpText('after', helpEnd);
  for (const add of commands) add(program, context);
  return program;
}

function usageOf({ callName }: Context, command: Command): string {
  if (command.parent === null) return `${callName} [command] [options]`;
  const names: string[] = [];
  for (let at: Command = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  return `${callName} ${names.join(' ')} ${command.usage()}`;
}

const helpEnd = `
Without a command it serves: its settings are listed by serve --help.

Exit codes:
${Object.values(exitCodeTable)
  .map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning.replaceAll('`', '')}\n`)
  .join('')}`;
