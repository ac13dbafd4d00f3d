import { expect, test } from 'vitest';
import { createStyle } from './style.ts';

const terminal = { isTerminal: true, columns: 80, rows: 24 };
const pipe = { isTerminal: false, columns: 80, rows: 24 };

test.each([
  { note: 'on a terminal', stream: terminal, env: {}, isColoured: true },
  { note: 'in a pipe', stream: pipe, env: {}, isColoured: false },
  { note: 'with NO_COLOR', stream: terminal, env: { NO_COLOR: '1' }, isColoured: false },
  { note: 'with an empty NO_COLOR', stream: terminal, env: { NO_COLOR: '' }, isColoured: true },
  { note: 'on a dumb terminal', stream: terminal, env: { TERM: 'dumb' }, isColoured: false },
  { note: 'in a pipe with FORCE_COLOR', stream: pipe, env: { FORCE_COLOR: '1' }, isColoured: true },
  { note: 'with FORCE_COLOR=0', stream: terminal, env: { FORCE_COLOR: '0' }, isColoured: false },
])('colours $note: $isColoured', ({ stream, env, isColoured }) => {
  expect(createStyle(stream, env)('bad', 'x') !== 'x').toBe(isColoured);
});
