import { connect, createServer, type Socket } from 'node:net';
import { createSeededRandom } from '../seeded-random.ts';
import { type Direction, type LinkFaults, noFaults, type Welcome } from './link-faults.ts';
import { type ConnectionState, type ProxiedConnection, SocketPair } from './proxied-connection.ts';

export interface FaultProxyOptions {
  /** Where connections go: a URL, of which host and port count. */
  readonly target: string;
  /** Decides which bits are flipped. Default 1. */
  readonly seed?: number;
}

/** A bad network between a client and a server: carries TCP connections to the target, and does to them what it is told. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** The URL with host and port of this proxy in place of its own. */
  through(url: string): string;
  /** Open connections that are carried, oldest first. */
  readonly connections: readonly ProxiedConnection[];
  /** How connections are treated that are opened from now on. */
  readonly faults: LinkFaults;
  /** Changes how all connections are treated, those that are open and those to come. */
  set(faults: Partial<LinkFaults>): void;
  /** What becomes of connections that are opened from now on. */
  welcome: Welcome;
  /** Cuts all connections that are open; see `ProxiedConnection`. */
  cut(): void;
  /** Makes all connections that are open half-open; new ones are carried. */
  halfOpen(): void;
  /** Flips one bit of the next bytes in this direction, on each connection that is open. */
  corrupt(direction: Direction): void;
  /** What is alive, and how many connections there were. */
  debugState(): FaultProxyState;
}

export interface FaultProxyState {
  readonly accepted: number;
  readonly refused: number;
  /** Connections that were taken and are not answered. */
  readonly ignored: number;
  readonly connections: readonly ConnectionState[];
}

/** Listens on a free port of loopback. */
export async function startFaultProxy({ target, seed = 1 }: FaultProxyOptions): Promise<FaultProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const random = createSeededRandom(seed);
  const pairs = new Set<SocketPair>();
  const ignored = new Set<Socket>();
  let faults = noFaults;
  let welcome: Welcome = 'carried';
  let acceptedCount = 0;
  let refusedCount = 0;

  const carry = (client: Socket): void => {
    acceptedCount += 1;
    const target = connect({ host: hostname, port: Number(targetPort), allowHalfOpen: true });
    const pair = new SocketPair(acceptedCount, { client, target }, faults, random.fork());
    pairs.add(pair);
    for (const socket of [client, target]) {
      socket.once('close', () => {
        if (!pair.isOpen) pairs.delete(pair);
      });
    }
  };
  const ignore = (client: Socket): void => {
    ignored.add(client);
    client.on('error', () => {});
    client.once('close', () => ignored.delete(client));
    client.resume().on('end', () => client.end());
  };
  const refuse = (client: Socket): void => {
    refusedCount += 1;
    client.on('error', () => {});
    client.resetAndDestroy();
  };
  const treatments: Readonly<Record<Welcome, (client: Socket) => void>> = { carried: carry, refused: refuse, ignored: ignore };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => treatments[welcome](client));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The proxy has no port.');
  const { port } = address;

  let closing: Promise<void> | undefined;
  return {
    port,
    through: (url) => {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${port}`;
      return changed.href;
    },
    get connections() {
      return [...pairs];
    },
    get faults() {
      return faults;
    },
    set: (changes) => {
      faults = { ...faults, ...changes };
      for (const pair of pairs) pair.set(changes);
    },
    get welcome() {
      return welcome;
    },
    set welcome(value) {
      welcome = value;
    },
    cut: () => {
      for (const pair of pairs) pair.cut();
    },
    halfOpen: () => {
      for (const pair of pairs) pair.halfOpen();
    },
    corrupt: (direction) => {
      for (const pair of pairs) pair.corrupt(direction);
    },
    debugState: () => ({
      accepted: acceptedCount,
      refused: refusedCount,
      ignored: ignored.size,
      connections: [...pairs].map((pair) => pair.debugState()),
    }),
    [Symbol.asyncDispose]: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of pairs) pair.cut();
        for (const socket of ignored) socket.destroy();
      });
      return closing;
    },
  };
}
