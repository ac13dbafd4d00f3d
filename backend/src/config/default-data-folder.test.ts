import { expect, test } from 'vitest';
import { defaultDataFolder } from './default-data-folder.ts';

test.each([
  { note: 'Linux', platform: 'linux', env: {}, expected: '/home/me/.local/share/gemini-proxy' },
  { note: 'Linux with XDG_DATA_HOME', platform: 'linux', env: { XDG_DATA_HOME: '/data' }, expected: '/data/gemini-proxy' },
  {
    note: 'Linux with a relative one',
    platform: 'linux',
    env: { XDG_DATA_HOME: 'data' },
    expected: '/home/me/.local/share/gemini-proxy',
  },
  { note: 'macOS', platform: 'darwin', env: {}, expected: '/home/me/Library/Application Support/gemini-proxy' },
  { note: 'Windows', platform: 'win32', env: { APPDATA: 'C:\\Data' }, expected: 'C:\\Data\\gemini-proxy' },
  { note: 'Windows without APPDATA', platform: 'win32', env: {}, expected: '\\home\\me\\AppData\\Roaming\\gemini-proxy' },
] as const)('the data folder follows the convention of $note', ({ platform, env, expected }) => {
  expect(defaultDataFolder({ platform, env, homeFolder: '/home/me' })).toBe(expected);
});
