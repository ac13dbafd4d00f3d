import { posix, win32 } from 'node:path';

/** What the default folder depends on; an argument, so that every system can be tested on any. */
export interface SystemFacts {
  readonly platform: NodeJS.Platform;
  readonly homeFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where programs of this system keep a user's data. */
export function defaultDataFolder({ platform, homeFolder, env }: SystemFacts): string {
  if (platform === 'win32') return win32.join(env.APPDATA || win32.join(homeFolder, 'AppData', 'Roaming'), 'gemini-proxy');
  if (platform === 'darwin') return posix.join(homeFolder, 'Library', 'Application Support', 'gemini-proxy');
  // The XDG specification says that a relative path is invalid and to be ignored.
  const dataHome = env.XDG_DATA_HOME && posix.isAbsolute(env.XDG_DATA_HOME) ? env.XDG_DATA_HOME : undefined;
  return posix.join(dataHome ?? posix.join(homeFolder, '.local', 'share'), 'gemini-proxy');
}
