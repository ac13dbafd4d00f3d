import { homedir } from 'node:os';
import type { Config } from './config.ts';
import { defaultDataFolder } from './default-data-folder.ts';
import { configSchema } from './schema.ts';

/** What a gateway has that nobody has configured. */
export const defaultConfig: Config = configSchema.parse({
  dataFolder: defaultDataFolder({ platform: process.platform, homeFolder: homedir(), env: process.env }),
});
