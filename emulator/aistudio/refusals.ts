import type { AiStudioSwitches } from './switches.ts';

/** A call of the frame, as far as it decides what AI Studio answers by itself. */
export interface CallHead {
  method: string;
  url: URL;
  headers: Headers;
  isStreamed: boolean;
}

/** The ways in which AI Studio answers instead of the API. */
export const refusals = {
  sessionExpired: [401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
  permissionDenied: [403, 'PERMISSION_DENIED', 'The caller does not have permission'],
  notFound: [404, 'NOT_FOUND', 'Requested entity was not found.'],
  transient: [500, 'INTERNAL', 'Rpc failed due to xhr error. uri: ProxyUnaryCall, error code: 6'],
  unreachable: [503, 'UNAVAILABLE', 'The service is currently unavailable.'],
} as const satisfies Record<string, readonly [status: number, name: string, message: string]>;

export type Refusal = keyof typeof refusals;

const credentialHeaders = ['x-goog-api-key', 'x-api-key', 'authorization'];

/** What AI Studio refuses by itself, or nothing if the call goes to the API. */
export function findRefusal(call: CallHead, switches: AiStudioSwitches): Refusal | undefined {
  if (switches.session === 'expired') return 'sessionExpired';
  if (switches.session === 'restricted') return 'permissionDenied';
  if (switches.transientFailures > 0) return 'transient';
  const { pathname, searchParams } = call.url;
  if (switches.embedContentMissing && pathname.endsWith(':embedContent')) return 'notFound';
  if (switches.interactionsMissing && /^\/v\w+\/interactions(\/|$)/.test(pathname)) return 'notFound';
  if (switches.keyQueryRefused && call.method === 'GET' && searchParams.has('key')) return 'permissionDenied';
  const hasCredential = searchParams.has('key') || credentialHeaders.some((name) => call.headers.has(name));
  if (switches.uploadCredentialsRefused && pathname.includes('/upload/') && hasCredential) return 'permissionDenied';
  const model = /\/models\/([^/:]+):/.exec(pathname)?.[1];
  if (call.isStreamed && model !== undefined && switches.unaryOnlyModels.includes(model)) return 'permissionDenied';
  return undefined;
}

/** The call as it goes to the API: without what the app said of credentials, since the session stands in for them. */
export function toUpstreamHead(call: CallHead, switches: AiStudioSwitches): { path: string; headers: Headers } {
  const headers = new Headers(call.headers);
  for (const name of credentialHeaders) headers.delete(name);
  if (switches.uploadTypeHeaderLost) headers.delete('x-goog-upload-header-content-type');
  const url = new URL(call.url);
  if (url.searchParams.has('key')) url.searchParams.delete('key');
  return { path: url.pathname + url.search, headers };
}

/** The body of a refusal, in the API's own shape. */
export function formatRefusal(refusal: Refusal): string {
  const [code, status, message] = refusals[refusal];
  return `${JSON.stringify({ error: { code, message, status } }, null, 2)}\n`;
}

/** Whether an answer is one that AI Studio gives instead of the API. */
export function isRefusal(status: number, body: string): boolean {
  return Object.entries(refusals).some(([refusal, [code]]) => code === status && formatRefusal(refusal as Refusal) === body);
}
