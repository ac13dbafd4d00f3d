import { stripVTControlCharacters } from 'node:util';

/** Columns under their headings, two spaces apart; only the last may run over the width, and is cut there. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[], columns = Infinity): string {
  const widths = headings.map((heading, index) => Math.max(...[heading, ...rows.map((row) => row[index] ?? '')].map(widthOf)));
  const line = (cells: readonly string[]) =>
    cutTo(
      columns,
      cells
        .map((cell, index) => (index === cells.length - 1 ? cell : pad(cell, widths[index] ?? 0)))
        .join('  ')
        .trimEnd(),
    );
  return [headings, ...rows].map((cells) => `${line(cells)}\n`).join('');
}

/** Two columns without headings. */
export function formatPairs(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)));
  return pairs.map(([name, value]) => `${pad(name, width)}  ${value}\n`).join('');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Cells on a terminal; colours take none, wide characters of East Asia two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += isWide.test(character) ? 2 : 1;
  return width;
}

const isWide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Coloured text is left whole: a cut in the middle would leave its colour on. */
function cutTo(columns: number, line: string): string {
  if (widthOf(line) <= columns || line !== stripVTControlCharacters(line)) return line;
  let cut = '';
  for (const character of line) {
    if (widthOf(`${cut}${character}…`) > columns) break;
    cut += character;
  }
  return `${cut}…`;
}
