import { createGenaiExecutor, type GenaiClient } from '@gemini-proxy/worker/genai';

/** What AI Studio puts in the place of a key: no credential, but the SDK wants some text. */
const keyPlaceholder = 'GEMINI_API_KEY';

let loading: Promise<GenaiClient> | undefined;

/** Executes by the environment's own SDK, which is loaded at the first call. */
export const executeBySdk = createGenaiExecutor({ client: loadClient });

async function loadClient(): Promise<GenaiClient> {
  loading ??= createClient();
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

async function createClient(): Promise<GenaiClient> {
  const { GoogleGenAI } = await import('@google/genai');
  return new GoogleGenAI({ apiKey: keyPlaceholder });
}
