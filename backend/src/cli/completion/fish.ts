import type { CommandNode, OptionNode } from './command-tree.ts';

export function fishScript(nodes: readonly CommandNode[]): string {
  const lines = nodes.flatMap((node) => [...wordLines(node, nodes), ...node.options.map((option) => optionLine(node, option))]);
  return `# fish completion for gemini-proxy
complete -c gemini-proxy -f
${lines.join('\n')}
`;
}

function wordLines(node: CommandNode, nodes: readonly CommandNode[]): readonly string[] {
  return node.words.map((word) => {
    const description = nodes.find(({ path }) => path.join(' ') === [...node.path, word].join(' '))?.description ?? '';
    return `complete -c gemini-proxy -n ${quote(conditionOf(node))} -a ${quote(word)}${described(description)}`;
  });
}

function optionLine(node: CommandNode, { flag, shortFlag, description, value }: OptionNode): string {
  const short = shortFlag === undefined ? '' : ` -s ${shortFlag.slice(1)}`;
  const values =
    value === 'none' ? '' : value === 'path' ? ' -r -F' : value === 'other' ? ' -x' : ` -x -a ${quote(value.join(' '))}`;
  return `complete -c gemini-proxy -n ${quote(conditionOf(node))} -l ${flag.replace(/^--/, '')}${short}${values}${described(description)}`;
}

/** Where the command is the one that was typed; at the top: where none was typed. */
function conditionOf({ path }: CommandNode): string {
  const [name, child] = path;
  if (name === undefined) return '__fish_use_subcommand';
  const seen = `__fish_seen_subcommand_from ${name}`;
  return child === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${child}`;
}

function described(description: string): string {
  return description === '' ? '' : ` -d ${quote(description)}`;
}

/** In single quotes fish gives a meaning to the backslash, too. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
