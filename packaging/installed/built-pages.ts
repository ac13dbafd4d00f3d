import { fileURLToPath } from 'node:url';
import type { GatewayOptions } from '@gemini-proxy/backend';
import type { BuiltApp } from '@gemini-proxy/emulator/aistudio';

/** In the place of `testbed/src/built-pages.ts`: pages are built when the package is made, since Vite is no part of it. */

const share = new URL('../share/', import.meta.url);

export async function openBuiltApp(): Promise<BuiltApp> {
  return { directory: fileURLToPath(new URL('worker-page', share)), [Symbol.asyncDispose]: async () => {} };
}

export async function builtFolders(): Promise<NonNullable<GatewayOptions['folders']>> {
  return { console: fileURLToPath(new URL('console', share)), workerPage: fileURLToPath(new URL('aistudio', share)) };
}
