import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with an optional input; killed after the deadline. */
export async function runCommand(
  command: string,
  commandArguments: readonly string[],
  options: { input?: string; environment?: NodeJS.ProcessEnv; folder?: string; timeoutMs?: number } = {},
): Promise<CommandResult> {
  const child = spawn(command, commandArguments, {
    env: options.environment ?? process.env,
    cwd: options.folder,
    timeout: options.timeoutMs ?? 120_000,
  });
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  return { code, stdout, stderr };
}
