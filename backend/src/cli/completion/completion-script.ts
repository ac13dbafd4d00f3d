import type { Command } from 'commander';
import { bashScript } from './bash.ts';
import { commandTree } from './command-tree.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** A script that knows the whole command line, so that pressing Tab starts no process. */
export function completionScript(shell: Shell, program: Command): string {
  return scripts[shell](commandTree(program, 'serve'));
}
