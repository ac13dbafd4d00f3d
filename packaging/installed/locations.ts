import { fileURLToPath } from 'node:url';

/** In the place of `backend/src/cli/locations.ts`: all modules of the package are in one folder beside `share`. */
export const locations = {
  aiStudioApp: fileURLToPath(new URL('../share/aistudio', import.meta.url)),
  console: fileURLToPath(new URL('../share/console', import.meta.url)),
  demoProgram: fileURLToPath(new URL('demo.js', import.meta.url)),
};
