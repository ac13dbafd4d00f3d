import { Argument } from 'commander';
import { completionScript, shells } from '../completion/completion-script.ts';
import type { AddCommand } from '../context.ts';

/** `completion`: a script that the shell reads at its start. */
export const addCompletionCommand: AddCommand = (program, context) => {
  const command = program.command('completion');
  command.description('Print a script that lets the shell complete commands, flags and their values.');
  command.addArgument(new Argument('<shell>', 'The shell.').choices(shells));
  command.addHelpText('after', helpEnd);
  command.action((shell: string) => {
    const chosen = shells.find((candidate) => candidate === shell);
    if (chosen !== undefined) context.writeOutput(completionScript(chosen, program));
  });
};

const helpEnd = `
bash:  eval "$(gemini-proxy completion bash)"          in ~/.bashrc
zsh:   eval "$(gemini-proxy completion zsh)"           in ~/.zshrc, after compinit
fish:  gemini-proxy completion fish | source           in ~/.config/fish/config.fish
`;
