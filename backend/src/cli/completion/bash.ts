import type { CommandNode, OptionNode } from './command-tree.ts';

export function bashScript(nodes: readonly CommandNode[]): string {
  return `# bash completion for gemini-proxy
_gemini_proxy() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path='' word words=''
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${nodes
        .slice(1)
        .map(({ path }) => quote(path.join(' ')))
        .join(' | ')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path:$previous" in
${nodes.flatMap(valueCases).join('\n')}
  esac
  case "$path" in
${nodes.map((node) => `    ${quote(node.path.join(' '))}) words=${quote(wordsOf(node).join(' '))} ;;`).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _gemini_proxy gemini-proxy
`;
}

function wordsOf({ words, options }: CommandNode): readonly string[] {
  return [...words, ...options.map(({ flag }) => flag)];
}

function valueCases({ path, options }: CommandNode): readonly string[] {
  return options.flatMap((option) => {
    const action = valueAction(option);
    return action === undefined ? [] : [`    ${quote(`${path.join(' ')}:${option.flag}`)}) ${action}return ;;`];
  });
}

/** `undefined`: the option takes no value. A value of which nothing is known completes to nothing. */
function valueAction({ value }: OptionNode): string | undefined {
  if (value === 'none') return undefined;
  if (value === 'other') return '';
  return `mapfile -t COMPREPLY < <(compgen ${value === 'path' ? '-f' : `-W ${quote(value.join(' '))}`} -- "$current"); `;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
