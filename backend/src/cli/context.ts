import { type Command, Option } from 'commander';
import { configFileFlag } from '../config/load-config.ts';
import { type Setting, settings } from '../config/schema.ts';
import type { ExitCode } from './exit-code.ts';
import { createStyle, type Style } from './output/style.ts';
import type { Surroundings } from './surroundings.ts';

/** What every command is given. */
export interface Context extends Surroundings {
  /** How the user calls this program: `gemini-proxy`, or `npm start --` in a checkout. */
  readonly callName: string;
  /** Colours for standard output. */
  readonly style: Style;
  /** For a command that has done its work and still has bad news. */
  readonly endWith: (code: ExitCode) => void;
}

/** Adds one command to the program. */
export type AddCommand = (program: Command, context: Context) => void;

export function createContext(surroundings: Surroundings, endWith: Context['endWith']): Context {
  const { env, outputFacts } = surroundings;
  return { ...surroundings, callName: callNameOf(env), style: createStyle(outputFacts(), env), endWith };
}

function callNameOf({ npm_lifecycle_event: event }: Surroundings['env']): string {
  if (event === 'start') return 'npm start --';
  return event === 'npx' ? 'npx gemini-proxy' : 'gemini-proxy';
}

/** Where lines are to be cut: at the edge of a terminal, nowhere else. */
export function lineWidth({ outputFacts }: Pick<Surroundings, 'outputFacts'>): number {
  const { isTerminal, columns } = outputFacts();
  return isTerminal ? columns : Number.POSITIVE_INFINITY;
}

export function jsonOption(): Option {
  return new Option('--json', 'Print JSON for programs instead of text.');
}

export function settingOption(setting: Setting): Option {
  const suffix = setting.defaultText === '' ? '' : ` (default: ${setting.defaultText})`;
  const option = new Option(`${setting.flag} ${setting.placeholder}`, `${setting.description}${suffix}`);
  // The flag alone switches on.
  return option.optional ? option.preset('on') : option;
}

export function configFileOption(): Option {
  return new Option(`${configFileFlag} <path>`, 'Configuration file (default: config.json in the data folder, if it exists)');
}

/** The flags of a command that are settings, by setting name, as `loadConfig` takes them. */
export function settingFlags(command: Command): Readonly<Record<string, string>> {
  const known = new Set([...settings.map(({ flag }) => flag), configFileFlag]);
  const values = new Map<string, unknown>(Object.entries(command.opts()));
  const flags: Record<string, string> = {};
  for (const option of command.options) {
    const value = values.get(option.attributeName());
    if (known.has(option.long ?? '') && typeof value === 'string') flags[option.name()] = value;
  }
  return flags;
}

export function printJson({ writeOutput }: Pick<Surroundings, 'writeOutput'>, value: unknown): void {
  writeOutput(`${JSON.stringify(value, undefined, 2)}\n`);
}
