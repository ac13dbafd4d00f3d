import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CommandRun, TestFolder } from '../testing.ts';

async function scriptFor(shell: string): Promise<string> {
  using folder = new TestFolder();
  const command = new CommandRun(['completion', shell], { folder });
  expect(await command.finished).toBe(0);
  return command.output;
}

/** What bash offers when Tab is pressed after these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const list = ['gemini-proxy', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _gemini_proxy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', `${await scriptFor('bash')}\n${ask}`], { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

describe('completion', () => {
  it('offers commands, and the flags of the default one', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['serve', 'keys', 'doctor', '--port', '--version']));
    expect(await offered('do')).toEqual(['doctor']);
  });

  it('offers the flags and the words of the command that was typed', async () => {
    expect(await offered('logs', '--f')).toEqual(['--follow']);
    expect(await offered('keys', 'r')).toEqual(['revoke']);
    expect(await offered('workers', '')).toEqual(expect.arrayContaining(['list', 'pause', 'disconnect']));
    expect(await offered('keys', 'list', '--js')).toEqual(['--json']);
    expect(await offered('completion', 'z')).toEqual(['zsh']);
  });

  it('offers the values of a flag where they are known', async () => {
    expect(await offered('env', '--client', 'gem')).toEqual(['gemini-cli']);
    expect(await offered('logs', '--level', 'w')).toEqual(['warn']);
    expect(await offered('--data-folder', '/us')).toEqual(['/usr']);
    expect(await offered('serve', '--port', '')).toEqual([]);
  });

  it.each([
    {
      shell: 'zsh',
      lines: [
        '#compdef gemini-proxy',
        "'doctor:Find what is in the way",
        "('env:--client') compadd -- 'gemini-cli'",
        'compdef _gemini_proxy gemini-proxy',
      ],
    },
    {
      shell: 'fish',
      lines: [
        "complete -c gemini-proxy -n '__fish_use_subcommand' -a 'doctor' -d 'Find what is in the way",
        "complete -c gemini-proxy -n '__fish_seen_subcommand_from env' -l client -x -a 'gemini-cli genai",
        "complete -c gemini-proxy -n '__fish_seen_subcommand_from keys; and __fish_seen_subcommand_from revoke' -l json",
      ],
    },
  ])('knows $shell', async ({ shell, lines }) => {
    const script = await scriptFor(shell);
    for (const line of lines) expect(script).toContain(line);
  });

  it('refuses other shells', async () => {
    using folder = new TestFolder();
    const command = new CommandRun(['completion', 'csh'], { folder });
    expect(await command.finished).toBe(2);
    expect(command.errors).toContain('bash, zsh, fish');
  });
});
