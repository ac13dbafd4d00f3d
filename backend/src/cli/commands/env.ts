import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENT_NAMES, type ClientName, clientSettings, type SettingsText } from '@gemini-proxy/gemini';
import { Option } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { CommandError } from '../command-error.ts';
import { type AddCommand, type Context, jsonOption, printJson, settingFlags } from '../context.ts';
import { addAccessOptions } from '../gateway-access.ts';
import { gatewayUrl } from '../gateway-url.ts';

const defaultModel = 'gemini-2.5-flash';

/** `env`: settings that point a program at the gateway. */
export const addEnvCommand: AddCommand = (program, context) => {
  const command = program.command('env');
  command.description(
    'Print settings for a program, ready to paste; without --client the two variables that most programs read.',
  );
  command.addOption(new Option('--client <name>', 'The program.').choices(CLIENT_NAMES));
  command.option('--model <name>', 'The model in the settings.', defaultModel);
  command.option('--key <key>', 'A client key to use (default: the first one of the data folder)');
  addAccessOptions(command);
  command.addOption(jsonOption());
  command.addHelpText('after', '\nIn a shell: eval "$(gemini-proxy env)"\n');
  command.action(async () => {
    const { client, model, key, json } = command.opts<{ client?: ClientName; model: string; key?: string; json?: true }>();
    const { config } = loadConfig({ flags: settingFlags(command), env: context.env });
    const target = { baseUrl: await gatewayUrl(config), apiKey: key ?? (await firstKey(config.dataFolder, context)), model };
    if (client === undefined) {
      const variables = { GEMINI_API_KEY: target.apiKey, GOOGLE_GEMINI_BASE_URL: target.baseUrl };
      if (json) printJson(context, variables);
      else for (const [name, value] of Object.entries(variables)) context.writeOutput(`export ${name}=${value}\n`);
      return;
    }
    const settings = clientSettings(client, target);
    if (json) printJson(context, settings);
    else context.writeOutput(settings.texts.map((text) => toText(text, context)).join('\n'));
  });
};

function toText({ place, text }: SettingsText, { style }: Context): string {
  return `${style('strong', `${place}:`)}\n\n${text}`;
}

async function firstKey(dataFolder: string, { callName }: Context): Promise<string> {
  const text = await readFile(join(dataFolder, 'client-key'), 'utf8').catch(() => '');
  if (text.trim() !== '') return text.trim();
  throw new CommandError(
    'failure',
    `There is no client key in ${dataFolder}: the first start of the gateway makes it. Start one: ${callName} serve.`,
  );
}
