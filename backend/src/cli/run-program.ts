import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { exitCodes } from './exit-code.ts';

/** Runs another program of ours on the same terminal, with the same Node; returns its exit code. Signals of the terminal reach it too. */
export async function runProgram(path: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, path, ...args], { stdio: 'inherit' });
  // A signal that is sent to this process alone is passed on; one of the terminal has reached both, and the second of two is harmless.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGTERM', pass);
  // The child decides when to end.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const [code, signal]: unknown[] = await once(child, 'exit');
    if (typeof code === 'number') return code;
    // A signal that came before the program listened for it.
    return signal === 'SIGINT' || signal === 'SIGTERM' ? exitCodes.interrupted : exitCodes.failure;
  } finally {
    process.off('SIGTERM', pass);
    process.off('SIGINT', ignore);
  }
}
