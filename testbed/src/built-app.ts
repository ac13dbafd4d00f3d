import { type BuiltApp, buildApp } from '@gemini-proxy/emulator/aistudio';
import { buildAiStudioApp } from '@gemini-proxy/frontend/build';

/** The worker page as AI Studio builds it. The installed package has another module in this one's place, with the page built beforehand. */
export async function openBuiltApp(): Promise<BuiltApp> {
  const source = await buildAiStudioApp();
  return buildApp(source.directory);
}
