import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FrameRule, frameRules, protocolErrors, streamErrors, subprotocol } from './index.ts';
import { defaultLimits } from './limits.ts';

const sections = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8').split(/^## /m);

describe('docs/protocol.md', () => {
  it('lists every frame type as it is', () => {
    const expected = Object.entries(frameRules).map(([name, rule]: [string, FrameRule]) => [
      `\`${name}\``,
      String(rule.type),
      rule.sentBy,
      rule.scope,
      rule.flags.join(', '),
      rule.payload,
      typeof rule.length === 'number' ? String(rule.length) : `at most \`${rule.length}\``,
    ]);
    expect(rowsOf('3. Messages and frames').filter((row) => row.length === 7 && row[0]?.startsWith('`'))).toEqual(expected);
  });

  it('lists every close code as it is', () => {
    const expected = Object.entries(protocolErrors).map(([code, { closeCode, retryable, meaning }]) => [
      `\`${code}\``,
      String(closeCode),
      retryable ? 'yes' : 'no',
      meaning,
    ]);
    expect(rowsOf('8. Close codes')).toEqual(expected);
  });

  it('lists every stream error as it is', () => {
    expect(rowsOf('9. Stream errors')).toEqual(Object.entries(streamErrors).map(([code, meaning]) => [`\`${code}\``, meaning]));
  });

  it('lists every limit with its default', () => {
    const rows = rowsOf('11. Limits').map((row) => row.slice(0, 2));
    expect(rows).toEqual(Object.entries(defaultLimits).map(([name, value]) => [`\`${name}\``, String(value)]));
  });

  it('names the subprotocol', () => {
    expect(sections.join()).toContain(`\`${subprotocol}\``);
  });
});

/** Cells of the rows that begin with a name in code. */
function rowsOf(title: string): string[][] {
  const section = sections.find((candidate) => candidate.startsWith(title));
  if (section === undefined) throw new Error(`no section ${title}`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}
