import { readFileSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** In the data folder while a gateway runs; names the address where flags or the system chose it. */
const fileName = 'running.json';
const runningSchema = z.object({ url: z.url(), processId: z.int() });

/** Tells the other commands where the gateway listens; disposing takes it back. */
export async function announceGateway(dataFolder: string, url: string): Promise<Disposable> {
  const path = join(dataFolder, fileName);
  const text = `${JSON.stringify({ url, processId: process.pid })}\n`;
  await writeFile(path, text, { mode: 0o600 });
  return {
    [Symbol.dispose]() {
      // A successor may have written its own.
      if (readIfPresent(path) === text) rmSync(path, { force: true });
    },
  };
}

/** Where a gateway with this data folder said that it listens; it may have been killed since. */
export async function announcedUrl(dataFolder: string): Promise<string | undefined> {
  try {
    const { url, processId } = runningSchema.parse(JSON.parse(await readFile(join(dataFolder, fileName), 'utf8')));
    return isAlive(processId) ? url : undefined;
  } catch {
    return undefined;
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A process of another user counts: it lives. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
