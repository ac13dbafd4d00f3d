/** Why an endpoint cannot work, before trying it. */
export type EndpointProblem = 'not-websocket' | 'needs-wss';

/** `undefined` when the endpoint may work. A secure page may use `ws://` to its own machine only. */
export function findEndpointProblem(endpoint: string): EndpointProblem | undefined {
  const url = URL.parse(endpoint);
  if (url === null || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) return 'not-websocket';
  return url.protocol === 'ws:' && !isLoopback(endpoint) ? 'needs-wss' : undefined;
}

/** Where the gateway takes workers, unless the address says otherwise. */
const workerPath = '/worker';

/** Makes an endpoint of what users paste: the gateway's http address, or a host and port alone. */
export function toEndpoint(text: string): string {
  const trimmed = text.trim();
  const address = trimmed.replace(/^http(?=s?:\/\/)/i, 'ws');
  const hasScheme = /^[a-z]+:\/\//i.test(address);
  const url = URL.parse(hasScheme ? address : `${isLoopback(`ws://${address}`) ? 'ws' : 'wss'}://${address}`);
  if (url === null) return trimmed;
  if (url.pathname === '/') url.pathname = workerPath;
  return url.href;
}

/** Where the endpoint's gateway answers any page over HTTP. */
export function toHealthUrl(endpoint: string): string {
  return new URL('/healthz', endpoint.replace(/^ws/i, 'http')).href;
}

/** Whether the endpoint names this machine. */
export function isLoopback(endpoint: string): boolean {
  const host = URL.parse(endpoint)?.hostname ?? '';
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}
