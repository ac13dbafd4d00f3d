import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A Node process of ours, running one TypeScript entry, that says on its first line of JSON that it is ready. */
export interface Child<Ready> extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ready: Ready;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Asks the process one of the questions that it answers. Rejects when it ends before it has. */
  ask<Answer>(question: string): Promise<Answer>;
}

export interface ChildSettings {
  readonly environment?: NodeJS.ProcessEnv;
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
  /** Gets what the process writes on standard error, line by line. Default: it goes where the parent's goes. */
  readonly onErrorLine?: (line: string) => void;
}

/** A question to a child process, and its answer. */
export interface Question {
  readonly id: number;
  readonly question: string;
}

/** An answer of `undefined` does not survive the way, and is not there. */
export type Reply = { readonly id: number } & ({ readonly answer?: unknown } | { readonly error: string });

/**
 * Starts `entry` on this Node with the given options as JSON in its last argument, and waits for its ready line (one line of JSON on stdout).
 * Disposing sends SIGTERM, and SIGKILL after five seconds.
 */
export async function startChild<Ready>(entry: string, options: unknown, settings: ChildSettings = {}): Promise<Child<Ready>> {
  const { environment = {}, nodeArguments = [], onErrorLine } = settings;
  const child = spawn(process.execPath, [...nodeArguments, '--conditions=source', entry, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', onErrorLine === undefined ? 'inherit' : 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 0));
  });
  if (child.stderr !== null && onErrorLine !== undefined) createInterface({ input: child.stderr }).on('line', onErrorLine);
  const ready = await Promise.race([firstLine<Ready>(child), exited.then((how) => Promise.reject(endedError(entry, how)))]);
  if (child.pid === undefined) throw new Error(`${entry} has no process id`);
  let lastQuestion = 0;
  return {
    process: child,
    pid: child.pid,
    ready,
    exited,
    ask<Answer>(question: string) {
      lastQuestion += 1;
      return Promise.race([
        askChild<Answer>(child, { id: lastQuestion, question }),
        exited.then((how) => Promise.reject(endedError(entry, how))),
      ]);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(kill);
    },
  };
}

function firstLine<Ready>({ stdout }: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    if (stdout === null) reject(new Error('The process has no standard output.'));
    else createInterface({ input: stdout }).once('line', (line) => resolve(JSON.parse(line) as Ready));
  });
}

function askChild<Answer>(child: ChildProcess, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onReply = (reply: Reply) => {
      if (reply.id !== question.id) return;
      child.off('message', onReply);
      if ('error' in reply) reject(new Error(reply.error));
      else resolve(reply.answer as Answer);
    };
    child.on('message', onReply);
    child.send(question, (error) => {
      if (error === null) return;
      child.off('message', onReply);
      reject(error);
    });
  });
}

function endedError(entry: string, how: number | NodeJS.Signals): Error {
  return new Error(`${entry} has ended with ${how}`);
}

/** Bytes of memory that a process holds now (Linux). */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) * 1024;
}
