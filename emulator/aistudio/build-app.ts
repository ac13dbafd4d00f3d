import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** React's development build, which an app gets where NODE_ENV says so, is larger than Vite likes; that is nobody's concern here. */
const maxChunkKilobytes = 4096;

/** A built app in a temporary folder, which is removed on disposal. */
export interface BuiltApp extends AsyncDisposable {
  directory: string;
}

/**
 * Builds an app as AI Studio does: Vite at the app's own root with the app's own configuration. Packages that the app
 * imports are found from its folder upwards. Throws Vite's error, and leaves nothing behind, if the app does not build.
 */
export async function buildApp(sourceDirectory: string): Promise<BuiltApp> {
  // Loaded on use: whoever serves a built app need not pay for Vite.
  const { build } = await import('vite');
  const directory = await mkdtemp(join(tmpdir(), 'gemini-proxy-app-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    await build({
      root: sourceDirectory,
      logLevel: 'warn',
      build: { outDir: directory, emptyOutDir: true, chunkSizeWarningLimit: maxChunkKilobytes },
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { directory, [Symbol.asyncDispose]: remove };
}
