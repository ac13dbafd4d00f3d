import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { defaultDataFolder } from './default-data-folder.ts';
import { nearestName } from './nearest-name.ts';
import { configSchema, type Setting, settings, variablePrefix } from './schema.ts';

export interface ConfigInputs {
  /** Values of flags by setting name (`first-byte-timeout`); `config` is the path of the file. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** Flags and arguments, as written, that nobody knows. */
  readonly unknownArguments?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly homeFolder?: string;
  readonly workingFolder?: string;
}

/** Where a value comes from. */
export interface ConfigSource {
  readonly kind: 'flag' | 'environment' | 'file' | 'default';
  /** `--port`, `GEMINI_PROXY_PORT`, `port in /path/config.json`, `default`. */
  readonly name: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Holds every setting. */
  readonly sources: ReadonlyMap<keyof Config, ConfigSource>;
}

/** The flag and the variable that name the file itself. */
export const configFileFlag = '--config';
export const configFileVariable = `${variablePrefix}CONFIG`;

/** Puts the configuration together: flags over environment over file over defaults. Throws one `ConfigError` with every problem of all of them. */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const { flags, env, platform = process.platform, homeFolder = homedir(), workingFolder = process.cwd() } = inputs;
  const fallbackFolder = defaultDataFolder({ platform, homeFolder, env });
  // Shells expand the tilde only where they see it; in a file or a container's variable nobody does.
  const absolute = (path: string, base = workingFolder) => resolve(base, path.replace(/^~(?=$|[\\/])/, homeFolder));

  const written = [...flagValues(flags), ...settings.flatMap((setting) => variableValue(setting, env))];
  const dataFolder = written.find(({ setting }) => setting.key === 'dataFolder')?.value;
  const namedFile = flags.config ?? (env[configFileVariable]?.trim() || undefined);
  const file = readConfigFile(
    absolute(namedFile ?? join(typeof dataFolder === 'string' ? dataFolder : fallbackFolder, 'config.json')),
    { mustExist: namedFile !== undefined },
  );
  written.push(...fileValues(file));

  const problems = [
    ...unknownArgumentProblems(inputs.unknownArguments ?? []),
    ...unknownVariableProblems(env),
    ...(file.problem === undefined ? [] : [file.problem]),
    ...unknownMemberProblems(file),
    ...written.flatMap(valueProblems),
  ];
  if (problems.length > 0) throw new ConfigError(problems);

  const values: Record<string, unknown> = { dataFolder: fallbackFolder };
  const sources = new Map<keyof Config, ConfigSource>();
  for (const { key } of settings) sources.set(key, { kind: 'default', name: 'default' });
  // The strongest source is the first in the list, so it is written last.
  for (const { setting, value, source } of written.toReversed()) {
    values[setting.key] = value;
    sources.set(setting.key, source);
  }
  const config = configSchema.parse(values);
  // A path in a file is relative to the file.
  const baseOf = (key: keyof Config) => (sources.get(key)?.kind === 'file' ? dirname(file.path) : workingFolder);
  const [tlsCert, tlsKey] = (['tlsCert', 'tlsKey'] as const).map((key) => {
    const path = config[key];
    return path === undefined ? undefined : absolute(path, baseOf(key));
  });
  return { config: { ...config, dataFolder: absolute(config.dataFolder, baseOf('dataFolder')), tlsCert, tlsKey }, sources };
}

/** A value as it was written, and where. */
interface WrittenValue {
  readonly setting: Setting;
  readonly value: unknown;
  readonly source: ConfigSource;
}

function flagValues(flags: ConfigInputs['flags']): WrittenValue[] {
  return settings.flatMap((setting): WrittenValue[] => {
    const value = flags[setting.name];
    return value === undefined ? [] : [{ setting, value, source: { kind: 'flag', name: setting.flag } }];
  });
}

/** An empty variable counts as not set, as is usual in shells and containers. */
function variableValue(setting: Setting, env: ConfigInputs['env']): WrittenValue[] {
  for (const name of [setting.variable, setting.alsoReadsVariable]) {
    const value = name === undefined ? undefined : env[name]?.trim();
    if (name !== undefined && value) return [{ setting, value, source: { kind: 'environment', name } }];
  }
  return [];
}

function fileValues(file: ConfigFile): WrittenValue[] {
  return settings.flatMap((setting): WrittenValue[] => {
    if (!Object.hasOwn(file.members, setting.member)) return [];
    const source = { kind: 'file', name: `${setting.member} in ${file.path}` } as const;
    return [{ setting, value: file.members[setting.member], source }];
  });
}

function unknownArgumentProblems(unknown: readonly string[]): string[] {
  const flags = unknown.filter((argument) => argument.startsWith('-'));
  // What follows an unknown flag is most likely its value.
  if (flags.length === 0) return unknown.map((argument) => `unexpected argument "${argument}"`);
  const known = [...settings.map((setting) => setting.flag), configFileFlag];
  return flags.map((argument) => {
    const name = argument.replace(/=.*/s, '');
    return `unknown flag ${name}${suggestion(name, known, '--')}`;
  });
}

function unknownVariableProblems(env: ConfigInputs['env']): string[] {
  const known = [...settings.map((setting) => setting.variable), configFileVariable];
  const unknown = Object.keys(env).filter((name) => name.startsWith(variablePrefix) && !known.includes(name));
  return unknown.map((name) => `unknown variable ${name}${suggestion(name, known, variablePrefix)}`);
}

function unknownMemberProblems(file: ConfigFile): string[] {
  const known = settings.map((setting) => setting.member);
  const unknown = Object.keys(file.members).filter((member) => !known.includes(member));
  return unknown.map((member) => `${file.path}: unknown member "${member}"${suggestion(member, known)}`);
}

/** The prefix that all names share says nothing about which one was meant. */
function suggestion(written: string, known: readonly string[], prefix = ''): string {
  const nearest = nearestName(
    written.slice(prefix.length),
    known.map((name) => name.slice(prefix.length)),
  );
  return nearest === undefined ? '' : ` (did you mean ${prefix}${nearest}?)`;
}

function valueProblems({ setting, value, source }: WrittenValue): string[] {
  const result = configSchema.shape[setting.key].safeParse(value);
  if (result.success) return [];
  const text = JSON.stringify(value);
  const got = setting.isSecret ? '' : `, got ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`;
  return result.error.issues.map((issue) => `${source.name}: ${issue.message}${got}`);
}
