import { apiErrors } from '../errors.ts';

/** How many entries a page of a list may have. */
export interface PageLimits {
  readonly defaultSize: number;
  readonly maxSize: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string | undefined;
}

/** Cuts the page out of a list that a query asks for. The token names the last entry seen, so that deleting moves nothing. */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => number,
  query: URLSearchParams,
  { defaultSize, maxSize }: PageLimits,
): Page<T> {
  const asked = Number(query.get('pageSize') ?? query.get('page_size') ?? 0);
  if (!Number.isInteger(asked) || asked < 0) throw apiErrors.invalidArgument();
  const size = asked === 0 ? defaultSize : Math.min(asked, maxSize);
  const token = query.get('pageToken') ?? query.get('page_token') ?? '';
  const last = token === '' ? undefined : keyOfToken(token);
  const rest = last === undefined ? items : items.slice(items.findIndex((item) => keyOf(item) < last));
  const isBehindEnd = last !== undefined && !items.some((item) => keyOf(item) < last);
  const page = isBehindEnd ? [] : rest.slice(0, size);
  const final = page.at(-1);
  const hasMore = !isBehindEnd && rest.length > size && final !== undefined;
  return { items: page, nextPageToken: hasMore ? tokenOf(keyOf(final)) : undefined };
}

/** A page as the service prints it: an empty list and an absent token are left out. */
export function toListAnswer<T>(name: string, { items, nextPageToken }: Page<T>, print: (item: T) => unknown): unknown {
  return {
    ...(items.length === 0 ? {} : { [name]: items.map(print) }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  };
}

function tokenOf(key: number): string {
  return Buffer.from(`after:${key}`).toString('base64url');
}

function keyOfToken(token: string): number {
  const key = /^after:(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (key === undefined) throw apiErrors.invalidArgument('Page token is invalid.');
  return Number(key);
}
