import { fileURLToPath } from 'node:url';
import type { BuiltApp } from '@gemini-proxy/emulator/aistudio';

/** In the place of `testbed/src/built-app.ts`: the page is built when the package is made, since Vite is no part of it. */
export async function openBuiltApp(): Promise<BuiltApp> {
  const directory = fileURLToPath(new URL('../share/worker-page', import.meta.url));
  return { directory, [Symbol.asyncDispose]: async () => {} };
}
