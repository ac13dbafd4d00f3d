import type { Command } from 'commander';

/** What can be typed at one place of the command line. */
export interface CommandNode {
  /** Names from the program downwards: `[]`, `['keys']`, `['keys', 'create']`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionNode[];
  /** Values of the first argument that are known. */
  readonly words: readonly string[];
}

export interface OptionNode {
  readonly flag: string;
  readonly shortFlag: string | undefined;
  readonly description: string;
  readonly value: 'none' | 'path' | 'other' | readonly string[];
}

/** The program and its commands, each before those below it. What a command is without a name of its own, the program is, too. */
export function commandTree(program: Command, defaultName: string): readonly CommandNode[] {
  const [root, ...others] = nodesOf(program, []);
  const fallback = others.find(({ path }) => path.join(' ') === defaultName);
  if (root === undefined) return others;
  const known = new Set(root.options.map(({ flag }) => flag));
  const inherited = fallback?.options.filter(({ flag }) => !known.has(flag)) ?? [];
  return [{ ...root, options: [...root.options, ...inherited] }, ...others];
}

function nodesOf(command: Command, path: readonly string[]): readonly CommandNode[] {
  const visible = command.createHelp();
  const options = visible.visibleOptions(command).map(
    ({ long, short, description, required, optional, argChoices, flags }): OptionNode => ({
      flag: long ?? short ?? flags,
      shortFlag: long === undefined ? undefined : short,
      description,
      value: argChoices ?? (!(required || optional) ? 'none' : flags.endsWith('<path>') ? 'path' : 'other'),
    }),
  );
  const below = visible.visibleCommands(command);
  const node: CommandNode = {
    path,
    description: command.description(),
    options,
    words: [...below.map((child) => child.name()), ...(command.registeredArguments[0]?.argChoices ?? [])],
  };
  return [node, ...below.flatMap((child) => nodesOf(child, [...path, child.name()]))];
}
