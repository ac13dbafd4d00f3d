import { fileURLToPath } from 'node:url';

/** In the place of `emulator/aistudio/page-directory.ts`. */
export const pageDirectory = fileURLToPath(new URL('../share/simulator', import.meta.url));
