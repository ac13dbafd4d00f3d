import type { GatewayOptions } from '@gemini-proxy/backend';
import { type BuiltApp, buildApp } from '@gemini-proxy/emulator/aistudio';
import { buildAiStudioApp, buildConsole } from '@gemini-proxy/frontend/build';

/** Pages built from their sources. The installed package has another module in this one's place, with pages that were built beforehand. */

/** The worker page as AI Studio builds it. */
export async function openBuiltApp(): Promise<BuiltApp> {
  const source = await buildAiStudioApp();
  return buildApp(source.directory);
}

/** What the gateway hands out; quick when nothing has changed. */
export async function builtFolders(): Promise<NonNullable<GatewayOptions['folders']>> {
  const [{ directory: console }, { directory: workerPage }] = [await buildConsole(), await buildAiStudioApp()];
  return { console, workerPage };
}
