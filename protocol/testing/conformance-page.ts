import { subprotocol, type Transport } from '@gemini-proxy/protocol';
import { ConformanceWorker, type WorkerReport } from './conformance-worker.ts';
import { realClock } from './real-clock.ts';

/** What a test drives in the page. */
export interface ConformancePage {
  /** Connects a worker by the browser's WebSocket, and says which it is. */
  start(url: string, token: string): Promise<number>;
  report(worker: number): WorkerReport;
  stop(worker: number): void;
}

declare global {
  interface Window {
    conformance: ConformancePage;
  }
}

const workers: { readonly worker: ConformanceWorker; readonly socket: WebSocket }[] = [];

window.conformance = {
  start: async (url, token) => {
    const socket = new WebSocket(url, subprotocol);
    socket.binaryType = 'arraybuffer';
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const worker = new ConformanceWorker({ transport: toTransport(socket), clock: realClock, scheduleFlush: atEndOfTurn, token });
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => worker.transportEvents.onMessage(new Uint8Array(event.data));
    socket.onclose = (event) => worker.transportEvents.onClose(event.code, event.reason);
    return workers.push({ worker, socket }) - 1;
  },
  report: (worker) => find(worker).worker.report(),
  stop: (worker) => find(worker).socket.close(),
};

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
