import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with an optional input; after the deadline it is killed, with all that it started. */
export async function runCommand(
  command: string,
  commandArguments: readonly string[],
  options: { input?: string; environment?: NodeJS.ProcessEnv; folder?: string; timeoutMs?: number } = {},
): Promise<CommandResult> {
  // In a group of its own, because a shell's programs outlive the shell and hold its output open.
  const child = spawn(command, commandArguments, {
    env: options.environment ?? process.env,
    cwd: options.folder,
    detached: true,
  });
  const deadline = setTimeout(() => endGroup(child.pid), options.timeoutMs ?? 120_000);
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
    return { code, stdout, stderr };
  } finally {
    clearTimeout(deadline);
    endGroup(child.pid);
  }
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
