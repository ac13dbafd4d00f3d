import { type Clock, type Connect, protocolErrors, subprotocol, type TransportEvents } from '@gemini-proxy/protocol';

export interface BrowserConnectOptions {
  readonly WebSocket: typeof WebSocket;
  readonly url: string;
}

/** Connects by a page's WebSocket. */
export function createBrowserConnect({ WebSocket, url }: BrowserConnectOptions): Connect {
  return (events) => {
    const socket = new WebSocket(url, subprotocol);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => events.onOpen();
    socket.onmessage = (event: MessageEvent<unknown>) => passOnMessage(socket, events, event.data);
    socket.onclose = (event) => events.onClose(event.code, event.reason);
    return {
      send: (message) => {
        // `send` throws while connecting, and warns in the console once closed.
        if (socket.readyState === WebSocket.OPEN) socket.send(message);
      },
      close: (code, reason) => socket.close(toPageCloseCode(code), reason),
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
    };
  };
}

function passOnMessage(socket: WebSocket, events: TransportEvents, data: unknown): void {
  if (data instanceof ArrayBuffer) events.onMessage(new Uint8Array(data));
  else socket.close(protocolErrors.MALFORMED_FRAME.closeCode, 'binary messages only');
}

/** A page may close with 1000 or a code of the application's range; `close` throws on any other. */
function toPageCloseCode(code: number): number {
  return code >= 3000 && code <= 4999 ? code : protocolErrors.CLOSED.closeCode;
}

/** Milliseconds without a flush after which the next one does not wait for company. */
const flushQuietMs = 1;

export interface PageFlushParts {
  readonly MessageChannel: typeof MessageChannel;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Runs callbacks after the code that runs now: at once in quiet times, and in busy ones in one task with all that come until then. Unlike timers,
 * message tasks are not throttled in a hidden tab.
 */
export function createPageFlush({ MessageChannel, clock }: PageFlushParts): (flush: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  let queue: (() => void)[] = [];
  let lastRunMs = Number.NEGATIVE_INFINITY;
  const run = (): void => {
    const callbacks = queue;
    queue = [];
    lastRunMs = clock.now();
    for (const callback of callbacks) runApart(callback);
  };
  port1.onmessage = run;
  return (flush) => {
    queue.push(flush);
    if (queue.length > 1) return;
    if (clock.now() - lastRunMs >= flushQuietMs) queueMicrotask(run);
    else port2.postMessage(undefined);
  };
}

/** One session's bug must not cost the others their flush: it surfaces in a turn of its own. */
function runApart(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

export interface BrowserClockParts {
  readonly performance: Pick<Performance, 'now'>;
  readonly setTimeout: (callback: () => void, delayMs: number) => number;
  readonly clearTimeout: (timer: number) => void;
}

/** The page's monotonic clock and timers. */
export function createBrowserClock({ performance, setTimeout, clearTimeout }: BrowserClockParts): Clock {
  return {
    now: () => performance.now(),
    schedule: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
