import { apiErrors } from '../errors.ts';
import type { Prompt } from '../generate-request.ts';
import { field, type JsonObject, text, toSnakeCase } from '../proto-json.ts';
import { OwnedStore } from './owned-store.ts';
import { type PageLimits, pageOf, toListAnswer } from './page.ts';
import { randomId } from './random-id.ts';
import { formatTimestamp, parseDuration, parseTimestamp } from './timestamp.ts';

export interface StoredCache {
  readonly id: string;
  readonly owner: string;
  /** `models/gemini-2.5-flash`. */
  readonly model: string;
  readonly displayName: string;
  readonly prompt: Prompt;
  readonly totalTokens: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number;
}

const ID_LENGTH = 40;
const DEFAULT_TTL_MS = 3_600_000;
const PAGE_LIMITS: PageLimits = { defaultSize: 50, maxSize: 1000 };
const UPDATABLE: ReadonlySet<string> = new Set(['ttl', 'expire_time']);
const OUTPUT_ONLY: ReadonlySet<string> = new Set(['name', 'model', 'create_time', 'update_time', 'usage_metadata']);

/** The cached contents of all accounts. */
export class CacheStore {
  readonly #caches: OwnedStore<StoredCache>;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#caches = new OwnedStore(now);
    this.#now = now;
  }

  /** Keeps what has been prepared; `body` is the CachedContent as the client has sent it. */
  create(owner: string, body: JsonObject, content: Pick<StoredCache, 'model' | 'prompt' | 'totalTokens'>): StoredCache {
    const minTokens = minCacheTokens(content.model);
    if (content.totalTokens < minTokens) throw apiErrors.cacheTooSmall(content.totalTokens, minTokens);
    const now = this.#now();
    const cache: StoredCache = {
      ...content,
      id: randomId(ID_LENGTH),
      owner,
      displayName: text(body, 'displayName'),
      createdAtMs: now,
      updatedAtMs: now,
      expiresAtMs: expiryIn(body, now) ?? now + DEFAULT_TTL_MS,
    };
    this.#caches.add(cache);
    return cache;
  }

  require(owner: string, id: string): StoredCache {
    const cache = this.#caches.find(owner, id);
    if (cache === undefined) throw apiErrors.noCachedContent();
    return cache;
  }

  /** Moves the expiry, which is all that can be changed; without a mask by what the body says. */
  update(owner: string, id: string, message: JsonObject, updateMask: string | null): StoredCache {
    const cache = this.require(owner, id);
    const named = updateMask === null || updateMask === '' ? Object.keys(message) : updateMask.split(',');
    const paths = named.map((path) => toSnakeCase(path.trim())).filter((path) => !OUTPUT_ONLY.has(path));
    const stranger = paths.find((path) => !UPDATABLE.has(path));
    if (stranger !== undefined) throw apiErrors.invalidArgument(`Only ttl and expire_time can be updated, not ${stranger}.`);
    const now = this.#now();
    const updated = { ...cache, updatedAtMs: now, expiresAtMs: expiryIn(message, now) ?? cache.expiresAtMs };
    this.#caches.replace(updated);
    return updated;
  }

  delete(owner: string, id: string): void {
    this.#caches.delete(this.require(owner, id).id);
  }

  list(owner: string, query: URLSearchParams): unknown {
    const page = pageOf(this.#caches.listOf(owner), ({ sequence }) => sequence, query, PAGE_LIMITS);
    return toListAnswer('cachedContents', page, ({ item }) => printCache(item));
  }
}

/** The CachedContent resource as the service prints it. */
export function printCache(cache: StoredCache): unknown {
  return {
    name: `cachedContents/${cache.id}`,
    model: cache.model,
    createTime: formatTimestamp(cache.createdAtMs),
    updateTime: formatTimestamp(cache.updatedAtMs),
    expireTime: formatTimestamp(cache.expiresAtMs, 9),
    displayName: cache.displayName,
    usageMetadata: { totalTokenCount: cache.totalTokens },
  };
}

function expiryIn(body: JsonObject, now: number): number | undefined {
  const ttl = field(body, 'ttl');
  const expireTime = field(body, 'expireTime');
  if (ttl !== undefined) return requireFuture(now + durationOf(ttl), now);
  return expireTime === undefined ? undefined : requireFuture(timestampOf(expireTime), now);
}

function minCacheTokens(model: string): number {
  if (model.includes('pro')) return 4096;
  return model.includes('gemini-2.0') ? 2048 : 1024;
}

function durationOf(value: unknown): number {
  const durationMs = typeof value === 'string' ? parseDuration(value) : undefined;
  if (durationMs === undefined) {
    throw apiErrors.invalidArgument(
      "Invalid value at 'cached_content.ttl' (type.googleapis.com/google.protobuf.Duration), Field 'ttl', Illegal duration format; duration must end with 's'",
    );
  }
  return durationMs;
}

function timestampOf(value: unknown): number {
  const epochMs = typeof value === 'string' ? parseTimestamp(value) : undefined;
  if (epochMs === undefined) {
    throw apiErrors.invalidArgument(
      "Invalid value at 'cached_content.expire_time' (type.googleapis.com/google.protobuf.Timestamp), Field 'expireTime', Invalid time format",
    );
  }
  return epochMs;
}

function requireFuture(expiresAtMs: number, now: number): number {
  if (expiresAtMs <= now) throw apiErrors.invalidArgument('* CachedContent.expiration: expire_time must be in the future.\n');
  return expiresAtMs;
}
