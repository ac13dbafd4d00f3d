import type { StreamFacts } from './style.ts';

export interface LiveScreenOptions {
  readonly writeOutput: (text: string) => void;
  readonly outputFacts: () => StreamFacts;
}

export interface LiveScreen extends Disposable {
  /** Replaces what is shown, without flicker; lines beyond the window are left out. */
  draw(text: string): void;
}

/** Takes the terminal's other screen, so that what was there before is there again afterwards. */
export function showLive({ writeOutput, outputFacts }: LiveScreenOptions): LiveScreen {
  writeOutput(`${useOtherScreen}${hideCursor}`);
  return {
    draw(text) {
      const lines = text
        .trimEnd()
        .split('\n')
        .slice(0, Math.max(1, outputFacts().rows - 1));
      writeOutput(`${home}${lines.map((line) => `${line}${clearToLineEnd}\n`).join('')}${clearBelow}`);
    },
    [Symbol.dispose]: () => writeOutput(`${showCursor}${useFirstScreen}`),
  };
}

const useOtherScreen = '\u001b[?1049h';
const useFirstScreen = '\u001b[?1049l';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const home = '\u001b[H';
const clearToLineEnd = '\u001b[K';
const clearBelow = '\u001b[J';
