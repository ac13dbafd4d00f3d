import { subprotocol, type Transport, type TransportEvents } from '@gemini-proxy/protocol';
import { ConformanceWorker, type WorkerReport } from './conformance-worker.ts';
import { realClock } from './real-clock.ts';

/** What a test drives in the page. */
export interface ConformancePage {
  /** Connects a worker by the browser's WebSocket, and says which it is. */
  start(url: string, token: string): Promise<number>;
  report(worker: number): WorkerReport;
  /** Waits until the worker's socket is closed, and goes on over another. */
  reconnect(worker: number, url: string): Promise<void>;
  stop(worker: number): void;
}

declare global {
  interface Window {
    conformance: ConformancePage;
  }
}

const workers: { readonly worker: ConformanceWorker; socket: WebSocket }[] = [];

window.conformance = {
  start: async (url, token) => {
    const socket = await open(url);
    const worker = new ConformanceWorker({ transport: toTransport(socket), clock: realClock, scheduleFlush: atEndOfTurn, token });
    listen(socket, worker.transportEvents);
    return workers.push({ worker, socket }) - 1;
  },
  reconnect: async (number, url) => {
    const entry = find(number);
    if (entry.socket.readyState !== WebSocket.CLOSED) {
      await new Promise((resolve) => {
        entry.socket.addEventListener('close', resolve);
      });
    }
    entry.socket = await open(url);
    listen(entry.socket, entry.worker.reconnect(toTransport(entry.socket)));
  },
  report: (worker) => find(worker).worker.report(),
  stop: (worker) => find(worker).socket.close(),
};

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, subprotocol);
  socket.binaryType = 'arraybuffer';
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}

function listen(socket: WebSocket, events: TransportEvents): void {
  socket.onmessage = (event: MessageEvent<ArrayBuffer>) => events.onMessage(new Uint8Array(event.data));
  socket.onclose = (event) => events.onClose(event.code, event.reason);
}

function toTransport(socket: WebSocket): Transport {
  return {
    send: (message) => socket.send(message),
    close: (code, reason) => socket.close(code >= 3000 ? code : 1000, reason),
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
  };
}

function find(worker: number) {
  const found = workers[worker];
  if (found === undefined) throw new Error('no such worker');
  return found;
}

const channel = new MessageChannel();
let flushes: (() => void)[] = [];
channel.port1.onmessage = () => {
  const due = flushes;
  flushes = [];
  for (const flush of due) flush();
};

/** A task of its own, and not a timer, which a hidden page would hold back. */
function atEndOfTurn(flush: () => void): void {
  flushes.push(flush);
  if (flushes.length === 1) channel.port2.postMessage(null);
}
