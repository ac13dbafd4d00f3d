/** The pages, by their name in the address. */
export const pageNames = ['setup', 'overview', 'workers', 'requests', 'files', 'keys', 'settings', 'logs'] as const;
export type PageName = (typeof pageNames)[number];

/** Where the user is: a page, and the item of it that is open. */
export interface Route {
  readonly page: PageName;
  readonly item: string | undefined;
}

/** Reads `#/requests/17`; `undefined` for anything that is no page. */
export function parseRoute(fragment: string): Route | undefined {
  const [name, item] = fragment.replace(/^#?\/?/, '').split('/');
  const page = pageNames.find((known) => known === name);
  if (page === undefined) return undefined;
  return { page, item: item === undefined || item === '' ? undefined : decode(item) };
}

export function toFragment(page: PageName, item?: string): string {
  return item === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(item)}`;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
