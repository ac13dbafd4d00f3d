/** Request headers that carry a credential, in lower case. */
export const CREDENTIAL_HEADERS = ['x-goog-api-key', 'x-api-key', 'authorization'] as const;

/** Query parameters that carry a credential. */
export const CREDENTIAL_QUERY_PARAMETERS = ['key', 'access_token', 'oauth_token'] as const;

const credentialHeaders: ReadonlySet<string> = new Set(CREDENTIAL_HEADERS);
const credentialParameters: ReadonlySet<string> = new Set(CREDENTIAL_QUERY_PARAMETERS);

export type HeaderPair = readonly [name: string, value: string];

/** Returns the headers without those that carry a credential; the same array where there are none. */
export function stripCredentialHeaders(headers: readonly HeaderPair[]): readonly HeaderPair[] {
  return headers.some(carriesCredential) ? headers.filter((header) => !carriesCredential(header)) : headers;
}

/** Removes the credential parameters from a path with query and leaves every other byte as it was. */
export function stripCredentialQuery(pathWithQuery: string): string {
  const queryStart = pathWithQuery.indexOf('?');
  if (queryStart < 0) return pathWithQuery;
  const parameters = pathWithQuery.slice(queryStart + 1).split('&');
  const kept = parameters.filter((parameter) => !credentialParameters.has(queryNameOf(parameter)));
  if (kept.length === parameters.length) return pathWithQuery;
  const path = pathWithQuery.slice(0, queryStart);
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}

export interface CredentialSource {
  /** The value of a request header, asked for by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The path with its query. */
  readonly path: string;
}

/** Returns every key that the client presents, in the order `x-goog-api-key`, the query's credentials, Bearer. */
export function findClientKey({ header, path }: CredentialSource): readonly string[] {
  const keys: string[] = [];
  const fromHeader = header('x-goog-api-key');
  if (fromHeader) keys.push(fromHeader);
  const queryStart = path.indexOf('?');
  if (queryStart >= 0) {
    for (const parameter of path.slice(queryStart + 1).split('&')) {
      const value = credentialParameters.has(queryNameOf(parameter)) ? queryValueOf(parameter) : '';
      if (value) keys.push(value);
    }
  }
  const bearer = bearerOf(header('authorization'));
  if (bearer) keys.push(bearer);
  return keys;
}

function carriesCredential([name]: HeaderPair): boolean {
  return credentialHeaders.has(name.toLowerCase());
}

function queryNameOf(parameter: string): string {
  const equals = parameter.indexOf('=');
  const name = equals < 0 ? parameter : parameter.slice(0, equals);
  return name.includes('%') ? percentDecoded(name) : name;
}

function queryValueOf(parameter: string): string {
  const equals = parameter.indexOf('=');
  return equals < 0 ? '' : percentDecoded(parameter.slice(equals + 1).replaceAll('+', ' '));
}

function bearerOf(authorization: string | undefined): string {
  if (authorization?.slice(0, 7).toLowerCase() !== 'bearer ') return '';
  return authorization.slice(7).trim();
}

/** Keys are ASCII, so single bytes are decoded one by one: a broken sequence elsewhere cannot hide a name. */
function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
