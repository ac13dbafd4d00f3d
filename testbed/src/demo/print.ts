import { styleText } from 'node:util';

/** With `--json` standard output is for programs, and people are told on the other one. */
const stream = process.argv.includes('--json') ? process.stderr : process.stdout;

/** What the demo says, in a few tones; plain where the output is no terminal. */
export const say = {
  title: (text: string) => say.line(`\n${styleText('bold', text, { stream })}`),
  step: (text: string) => say.line(`${styleText('green', '✓', { stream })} ${text}`),
  note: (text: string) => say.line(styleText('yellow', text, { stream })),
  quiet: (text: string) => say.line(styleText('dim', text, { stream })),
  line: (text: string) => stream.write(`${text}\n`),
  /** Text as it arrives, without a line break. */
  piece: (text: string) => stream.write(text),
  failure: (text: string) => process.stderr.write(`${styleText('red', '✗', { stream: process.stderr })} ${text}\n`),
};
