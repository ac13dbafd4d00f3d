import { styleText } from 'node:util';

/** What the demo says, in a few tones; plain where the output is no terminal. */
export const say = {
  title: (text: string) => say.line(`\n${styleText('bold', text)}`),
  step: (text: string) => say.line(`${styleText('green', '✓')} ${text}`),
  note: (text: string) => say.line(styleText('yellow', text)),
  quiet: (text: string) => say.line(styleText('dim', text)),
  line: (text: string) => process.stdout.write(`${text}\n`),
  /** Text as it arrives, without a line break. */
  piece: (text: string) => process.stdout.write(text),
  failure: (text: string) => process.stderr.write(`${styleText('red', '✗', { stream: process.stderr })} ${text}\n`),
};
