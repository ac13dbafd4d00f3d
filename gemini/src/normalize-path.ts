/** What a request without a version is taken for. */
const DEFAULT_VERSION = 'v1beta';

/**
 * Repairs the path of a client whose base URL is slightly wrong: repeated slashes, a version before the client's own, no
 * version at all. Works on the path with its query and returns its argument when nothing is wrong with it.
 */
export function normalizePath(pathWithQuery: string): string {
  const collapsed = collapseSlashes(pathWithQuery);
  const first = segmentAt(collapsed, 1);
  if (isVersion(first)) {
    const rest = collapsed.slice(first.length + 1);
    const second = segmentAt(rest, 1);
    return isVersion(second) || PREFIXES.has(second) ? normalizePath(rest) : collapsed;
  }
  if (first === 'resumable' && segmentAt(collapsed, 11) === 'upload') return withUploadVersion(collapsed, '/resumable/upload');
  if (first === 'upload') return withUploadVersion(collapsed, '/upload');
  const colon = first.indexOf(':');
  return COLLECTIONS.has(colon < 0 ? first : first.slice(0, colon)) ? `/${DEFAULT_VERSION}${collapsed}` : collapsed;
}

/** What stands before the version where the client puts it there itself. */
const PREFIXES: ReadonlySet<string> = new Set(['upload', 'resumable', 'ws']);
/** First segments by which a path without a version is known to be meant for the API. */
const COLLECTIONS: ReadonlySet<string> = new Set([
  'models',
  'tunedModels',
  'dynamic',
  'files',
  'generatedFiles',
  'cachedContents',
  'batches',
  'fileSearchStores',
  'operations',
  'corpora',
  'interactions',
  'auth_tokens',
  'openai',
]);

/** A version is `v` and a digit, then letters and digits: `v1`, `v1beta`, `v1alpha`, `v1beta2`. */
export function isVersion(segment: string): boolean {
  const digit = segment.charCodeAt(1);
  return segment.length <= 16 && segment.charCodeAt(0) === 0x76 && digit >= 0x30 && digit <= 0x39 && !segment.includes(':');
}

/** The text from `start` to the next slash or the query. */
function segmentAt(path: string, start: number): string {
  for (let index = start; index < path.length; index += 1) {
    const code = path.charCodeAt(index);
    if (code === 0x2f || code === 0x3f) return path.slice(start, index);
  }
  return path.slice(start);
}

function withUploadVersion(path: string, prefix: string): string {
  const rest = path.slice(prefix.length);
  const segment = segmentAt(rest, 1);
  if (isVersion(segment)) {
    const inner = rest.slice(segment.length + 1);
    return isVersion(segmentAt(inner, 1)) ? withUploadVersion(`${prefix}${inner}`, prefix) : path;
  }
  return COLLECTIONS.has(segment) ? `${prefix}/${DEFAULT_VERSION}${rest}` : path;
}

function collapseSlashes(pathWithQuery: string): string {
  const double = pathWithQuery.indexOf('//');
  if (double < 0) return pathWithQuery;
  const queryStart = pathWithQuery.indexOf('?');
  if (queryStart < 0) return pathWithQuery.replace(/\/{2,}/g, '/');
  if (double > queryStart) return pathWithQuery;
  return pathWithQuery.slice(0, queryStart).replace(/\/{2,}/g, '/') + pathWithQuery.slice(queryStart);
}
