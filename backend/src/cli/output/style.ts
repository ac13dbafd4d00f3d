import { styleText } from 'node:util';

/** What a stream can show. */
export interface StreamFacts {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
}

export type Tone = 'strong' | 'quiet' | 'good' | 'warning' | 'bad';
export type Style = (tone: Tone, text: string) => string;

const formats = { strong: 'bold', quiet: 'dim', good: 'green', warning: 'yellow', bad: 'red' } as const;

/** Colours on a terminal, unless NO_COLOR is set or the terminal is dumb; FORCE_COLOR has them elsewhere too. */
export function createStyle({ isTerminal }: StreamFacts, env: Readonly<Record<string, string | undefined>>): Style {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  const isColoured = !NO_COLOR && FORCE_COLOR !== '0' && (isForced || (isTerminal && TERM !== 'dumb'));
  return isColoured ? (tone, text) => styleText(formats[tone], text, { validateStream: false }) : (_, text) => text;
}
