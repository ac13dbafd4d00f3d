import type { Command } from 'commander';
import { configFileVariable } from '../../config/load-config.ts';
import { settings } from '../../config/schema.ts';
import { type AddCommand, configFileOption, jsonOption, settingFlags, settingOption } from '../context.ts';
import { serve } from '../serve.ts';

/** `serve`, the default: flags are the settings of the schema. */
export const addServeCommand: AddCommand = (program, context) => {
  // Unknown flags are left to the configuration, which reports them together with everything else that is wrong.
  const command = program.command('serve', { isDefault: true }).allowUnknownOption().allowExcessArguments();
  command.description('Start the gateway (the default).');
  for (const setting of settings) command.addOption(settingOption(setting));
  command.addOption(configFileOption());
  command.option('--show-keys', 'Show the client key and the worker token, and exit.');
  command.addOption(jsonOption());
  command.addHelpText('after', helpEnd);
  command.action(async (_: unknown, { args }: Command) => {
    const { showKeys, json } = command.opts<{ showKeys?: true; json?: true }>();
    const flags = settingFlags(command);
    await serve({ flags, unknownArguments: args, showKeys: showKeys === true, isJson: json === true }, context);
  });
};

const helpEnd = `
Each setting can also come from a variable (--max-body: GEMINI_PROXY_MAX_BODY; the file: ${configFileVariable}) or from the file
(maxBody). Flags win over variables, variables over the file. The API key is also read from GEMINI_API_KEY.
`;
