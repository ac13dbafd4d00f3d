import { formatPrettyJson, type OperationName } from '@gemini-proxy/gemini';
import { GatewayError } from '../errors.ts';
import type { ClientExchange } from '../orchestrator/client-exchange.ts';
import type { LocalAnswer } from '../orchestrator/exchange.ts';
import type { CallAnswer, Caller } from '../orchestrator/internal-call.ts';
import { memberOf, parseAnswer, textMember } from '../resources/read-answer.ts';
import type { Resources } from '../resources/resources.ts';
import { withoutCompression } from './observed-exchange.ts';
import type { PageTokens, Place } from './page-tokens.ts';

export interface MergedListsOptions {
  readonly resources: Resources;
  readonly call: Caller;
  /** Accounts that can be asked now. */
  readonly readyAccounts: () => readonly string[];
  readonly tokens: PageTokens;
}

/** Lists of what belongs to accounts, and the member of the answer that holds the elements. */
const memberOfList: ReadonlyMap<string, string> = new Map<OperationName, string>([
  ['files.list', 'files'],
  ['generatedFiles.list', 'generatedFiles'],
  ['cachedContents.list', 'cachedContents'],
  ['fileSearchStores.list', 'fileSearchStores'],
  ['batches.list', 'operations'],
  ['tunedModels.list', 'tunedModels'],
  ['corpora.list', 'corpora'],
]);

/** Bytes of one account's page at most. */
const maxPageBytes = 16 * 1024 * 1024;

/** Lists over several accounts: one account after the other, each page as long as asked for. */
export class MergedLists {
  readonly #options: MergedListsOptions;

  constructor(options: MergedListsOptions) {
    this.#options = options;
  }

  /** Whether a request is such a list. With one account only it goes to the Gemini API as it is. */
  concerns({ operation, path }: ClientExchange): boolean {
    if (!memberOfList.has(operation)) return false;
    return this.#options.readyAccounts().length > 1 || this.#options.tokens.isOwn(readQuery(path).token);
  }

  async page({ operation, path, headers }: ClientExchange, signal: AbortSignal): Promise<LocalAnswer> {
    const { call, tokens, resources } = this.#options;
    const member = memberOfList.get(operation) ?? '';
    const query = readQuery(path);
    const elements: unknown[] = [];
    let first: CallAnswer | undefined;
    let places = this.#placesOf(query);
    for (let [place, ...rest] = places; place !== undefined; [place, ...rest] = places) {
      const { account } = place;
      const pagePath = pathOfPage(query, place, elements.length);
      const answer = await call({
        method: 'GET',
        path: pagePath,
        headers: withoutCompression(headers),
        account,
        maxAnswerBytes: maxPageBytes,
        signal,
      });
      if (answer.status !== 200) return answer;
      first ??= answer;
      const printed = parseAnswer(answer);
      for (const element of elementsIn(printed, member)) {
        resources.learnListed(element, account);
        elements.push(element);
      }
      const token = textMember(printed, 'nextPageToken') ?? '';
      places = token === '' ? rest : [{ account, token }, ...rest];
      if (elements.length >= (query.pageSize ?? 1)) break;
    }
    const merged = {
      ...(elements.length > 0 ? { [member]: elements } : {}),
      ...(places.length > 0 ? { nextPageToken: tokens.seal(places, query.list) } : {}),
    };
    const kept = (first?.headers ?? []).filter(([name]) => !ofBody.has(name));
    return { status: 200, headers: kept, body: new TextEncoder().encode(formatPrettyJson(merged)) };
  }

  #placesOf({ token, list }: ListQuery): readonly Place[] {
    const { readyAccounts, tokens } = this.#options;
    if (token === '') return [...readyAccounts()].sort().map((account) => ({ account, token: '' }));
    const places = tokens.open(token, list);
    if (places !== undefined) return places;
    const message = 'Page token is invalid. GeminiProxy: it was not given by this gateway for this list over several accounts.';
    throw new GatewayError('PAGE_TOKEN_INVALID', `${message} List from the start.`);
  }
}

const ofBody: ReadonlySet<string> = new Set(['content-length', 'content-encoding', 'transfer-encoding']);

interface ListQuery {
  readonly url: URL;
  /** The list's own path: a token is good for it only. */
  readonly list: string;
  readonly token: string;
  /** `undefined`: as many as the Gemini API gives. */
  readonly pageSize: number | undefined;
}

function readQuery(path: string): ListQuery {
  const url = new URL(path.replace(/^\/+/, '/'), 'http://gateway');
  const { searchParams, pathname } = url;
  const pageSize = Number(searchParams.get('pageSize') ?? searchParams.get('page_size') ?? '');
  return {
    url,
    list: pathname,
    token: searchParams.get('pageToken') ?? searchParams.get('page_token') ?? '',
    pageSize: Number.isInteger(pageSize) && pageSize > 0 ? pageSize : undefined,
  };
}

/** A page size that is no size goes on as it is, and the Gemini API says what is wrong with it. */
function pathOfPage({ url, pageSize }: ListQuery, { token }: Place, listed: number): string {
  const page = new URL(url);
  const { searchParams } = page;
  for (const name of ['pageToken', 'page_token']) searchParams.delete(name);
  if (token !== '') searchParams.set('pageToken', token);
  if (pageSize !== undefined) {
    searchParams.delete('page_size');
    searchParams.set('pageSize', String(pageSize - listed));
  }
  return `${page.pathname}${page.search}`;
}

function elementsIn(printed: unknown, member: string): readonly unknown[] {
  const elements = memberOf(printed, member);
  return Array.isArray(elements) ? elements : [];
}
