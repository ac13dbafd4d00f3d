import { expect, it } from 'vitest';
import { formatPairs, formatTable } from './table.ts';

it('aligns columns by what is seen: colours take no room, wide characters two cells', () => {
  const rows = [
    ['\u001b[32mready\u001b[39m', '工作页', 'a'],
    ['x', 'plain', 'b'],
  ];
  expect(formatTable(['STATE', 'NAME', 'ID'], rows)).toBe(
    ['STATE  NAME    ID', '\u001b[32mready\u001b[39m  工作页  a', 'x      plain   b', ''].join('\n'),
  );
});

it('cuts lines at the edge of the terminal', () => {
  expect(formatTable(['A', 'B'], [['1', 'long text 工作']], 12)).toBe('A  B\n1  long tex…\n');
  expect(formatTable(['A', 'B'], [['1', '工作页工作页']], 8)).toBe('A  B\n1  工作…\n');
});

it('has no heading where there are two columns', () => {
  expect(
    formatPairs([
      ['Now', '1'],
      ['Requests', '2'],
    ]),
  ).toBe('Now       1\nRequests  2\n');
});
