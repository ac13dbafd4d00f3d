import type { CommandNode, OptionNode } from './command-tree.ts';

export function zshScript(nodes: readonly CommandNode[]): string {
  return `#compdef gemini-proxy
# zsh completion for gemini-proxy
_gemini_proxy() {
  local path_='' word_ previous_=\${words[CURRENT-1]}
  local -a candidates
  for word_ in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path_:+$path_ }$word_" in
      (${nodes
        .slice(1)
        .map(({ path }) => quote(path.join(' ')))
        .join('|')}) path_="\${path_:+$path_ }$word_" ;;
    esac
  done
  case "$path_:$previous_" in
${nodes.flatMap(valueCases).join('\n')}
  esac
  case "$path_" in
${nodes.map((node) => `    (${quote(node.path.join(' '))}) candidates=(${candidatesOf(node, nodes).map(quote).join(' ')}) ;;`).join('\n')}
  esac
  _describe 'gemini-proxy' candidates
}
compdef _gemini_proxy gemini-proxy
`;
}

function candidatesOf(node: CommandNode, nodes: readonly CommandNode[]): readonly string[] {
  const describe = (word: string) => nodes.find(({ path }) => path.join(' ') === [...node.path, word].join(' '))?.description;
  return [
    ...node.words.map((word) => toCandidate(word, describe(word))),
    ...node.options.map(({ flag, description }) => toCandidate(flag, description)),
  ];
}

function toCandidate(word: string, description = ''): string {
  return description === '' ? word : `${word}:${description}`;
}

function valueCases({ path, options }: CommandNode): readonly string[] {
  return options.flatMap((option) => {
    const action = valueAction(option);
    return action === undefined ? [] : [`    (${quote(`${path.join(' ')}:${option.flag}`)}) ${action}return ;;`];
  });
}

function valueAction({ value }: OptionNode): string | undefined {
  if (value === 'none') return undefined;
  if (value === 'other') return '';
  return value === 'path' ? '_files; ' : `compadd -- ${value.map(quote).join(' ')}; `;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
