import { apiErrors } from './errors.ts';
import type { Prompt } from './generate-request.ts';
import type { Resources } from './resources/resources.ts';

interface Caller {
  /** `models/gemini-2.5-flash`. */
  readonly model: string;
  readonly account: string;
  readonly resources: Resources;
}

/** Looks up the files and the cache that a prompt names, which must be the caller's own and usable. */
export function withResources<T extends Prompt>(prompt: T, { model, account, resources }: Caller): T {
  const files = prompt.fileData.map(({ uri, mimeType }) => {
    if (isExternal(uri)) return { name: uri, mimeType: mimeType || 'text/html', bytes: 0 };
    const file = resources.files.requireActive(account, uri);
    return { name: `files/${file.id}`, mimeType: file.mimeType, bytes: file.bytes };
  });
  if (prompt.cachedContent === '') return { ...prompt, files };
  if (prompt.systemText !== '' || prompt.hasTools) throw apiErrors.cacheConflict();
  const cache = resources.caches.require(account, prompt.cachedContent.replace(/^cachedContents\//, ''));
  if (cache.model !== model) {
    throw apiErrors.invalidArgument(
      `Model used by GenerateContent request (${model}) and CachedContent (${cache.model}) has to be the same.`,
    );
  }
  const { functions, systemText } = cache.prompt;
  return { ...prompt, files, functions, systemText, cache: { name: `cachedContents/${cache.id}`, tokens: cache.totalTokens } };
}

/** Videos and pages that the service fetches by itself. */
function isExternal(uri: string): boolean {
  return uri.startsWith('https://') && !/\/v\d[a-z0-9]*\/files\//.test(uri);
}
