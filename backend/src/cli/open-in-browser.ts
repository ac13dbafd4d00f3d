import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Opens an address in the user's browser; rejects where there is no program for that. */
export async function openInBrowser(url: string): Promise<void> {
  const [command, ...args] = opener(url);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  child.unref();
}

function opener(url: string): readonly [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', url];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}
