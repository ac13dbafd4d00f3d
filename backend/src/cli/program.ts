import { Command } from 'commander';
import { configFileFlag, configFileVariable } from '../config/load-config.ts';
import { settings } from '../config/schema.ts';

/** What was written on the command line. */
export interface ServeArguments {
  /** Values by setting name, and `config`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly unknownArguments: readonly string[];
  readonly showKeys: boolean;
}

export interface ProgramOptions {
  readonly onServe: (given: ServeArguments) => Promise<void>;
  readonly writeOutput: (text: string) => void;
  readonly writeError: (text: string) => void;
}

/** The command line: one command, whose flags are the settings of the schema. Throws `CommanderError` instead of exiting. */
export function createProgram({ onServe, writeOutput, writeError }: ProgramOptions): Command {
  const program = new Command('gemini-proxy').exitOverride().helpCommand(false).helpOption(false);
  program.configureOutput({ writeOut: writeOutput, writeErr: writeError });

  // Unknown flags are left to the configuration, which reports them together with everything else that is wrong.
  const serve = program.command('serve', { isDefault: true }).allowUnknownOption().allowExcessArguments();
  serve.configureHelp({ commandUsage: () => 'npm start -- [options]' }).helpOption('-h, --help', 'Show this text.');
  serve.description('Starts the gateway: programs speak the Gemini API to it, and it passes their requests to workers.');
  for (const setting of settings) {
    const suffix = setting.defaultText === '' ? '' : ` (default: ${setting.defaultText})`;
    serve.option(`${setting.flag} ${setting.placeholder}`, `${setting.description}${suffix}`);
  }
  serve.option(`${configFileFlag} <path>`, 'Configuration file (default: config.json in the data folder, if it exists)');
  serve.option('--show-keys', 'Show the client key and the worker token, and exit.');
  serve.addHelpText('after', helpEnd);
  serve.action(async (_: unknown, command: Command) => {
    const values = new Map<string, unknown>(Object.entries(command.opts()));
    const flags: Record<string, string> = {};
    for (const option of command.options) {
      const value = values.get(option.attributeName());
      if (typeof value === 'string') flags[option.name()] = value;
    }
    await onServe({ flags, unknownArguments: command.args, showKeys: values.get('showKeys') === true });
  });
  return program;
}

const helpEnd = `
Each setting can also come from a variable (--max-body: GEMINI_PROXY_MAX_BODY; the file: ${configFileVariable}) or from the file
(maxBody). Flags win over variables, variables over the file. The API key is also read from GEMINI_API_KEY.

Exit codes: 0 stopped in good order, 1 failure, 2 wrong configuration.
`;
