import type { Config } from '../../config/config.ts';
import type { ConfigSource } from '../../config/load-config.ts';
import { settings } from '../../config/schema.ts';
import type { Setting } from '../contract/settings.ts';

/** The effective configuration; secrets are only said to be set. */
export function toSettings(config: Config, sources: ReadonlyMap<keyof Config, ConfigSource>): Setting[] {
  return settings.map(({ key, member, flag, variable, description, defaultText, unit, isSecret }) => {
    const value = config[key];
    return {
      ...{ member, flag, variable, description, defaultText },
      value: value === undefined || isSecret ? null : toPlain(value),
      unit: unit ?? null,
      isSecret: isSecret === true,
      isSet: value !== undefined,
      source: sources.get(key) ?? { kind: 'default', name: 'default' },
    };
  });
}

function toPlain(value: unknown): string | number | boolean | string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}
