import type { IncomingMessage } from 'node:http';

/** Milliseconds that a client gets to finish sending a body that nobody reads; cutting it off at once would lose the answer. */
const lingerMs = 5_000;

/** Lets the rest of an answered request's body run out, for a while. */
export function discardBody(request: IncomingMessage): void {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.socket.destroy(), lingerMs).unref();
  request.once('close', () => clearTimeout(timer));
}

/** Whether the client waits for leave to send its body. */
export function isAwaitingContinue(request: IncomingMessage): boolean {
  return request.headers.expect !== undefined && request.httpVersion === '1.1';
}
