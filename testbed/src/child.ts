import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A Node process of ours, running one TypeScript entry, that says on its first line of JSON that it is ready. */
export interface Child<Ready> extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ready: Ready;
}

/**
 * Starts `entry` on this Node with the given options as JSON in its last argument, and waits for its ready line (one line of JSON on stdout).
 * Disposing sends SIGTERM, and SIGKILL after five seconds.
 */
export async function startChild<Ready>(
  entry: string,
  options: unknown,
  environment: NodeJS.ProcessEnv = {},
): Promise<Child<Ready>> {
  const child = spawn(process.execPath, ['--conditions=source', entry, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout });
  const ready = await Promise.race([
    new Promise<Ready>((resolve) => lines.once('line', (line) => resolve(JSON.parse(line) as Ready))),
    exited.then((code) => Promise.reject(new Error(`${entry} ended with ${code} before it was ready`))),
  ]);
  if (child.pid === undefined) throw new Error(`${entry} has no process id`);
  return {
    process: child,
    pid: child.pid,
    ready,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(kill);
    },
  };
}

/** Bytes of memory that a process holds now (Linux). */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) * 1024;
}
