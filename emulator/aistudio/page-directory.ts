import { fileURLToPath } from 'node:url';

/** Where the browser's files are. They are served as they are written, so built code takes them from the source folder too. */
export const pageDirectory = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './page' : '../../aistudio/page', import.meta.url),
);
