import { lookup } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';

/** What the machine says of itself; an argument, so that every fault can be tested. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  /** Milliseconds since 1970, as this machine believes. */
  readonly now: () => number;
  /** Bytes that a file in the folder may still take. */
  readonly freeBytes: (folder: string) => Promise<number>;
  /** Whether a port can be listened on; else the code of the error. */
  readonly tryListen: (host: string, port: number) => Promise<'free' | { readonly code: string }>;
  /** Addresses of a name in the order in which programs try them. */
  readonly lookup: (name: string) => Promise<readonly string[]>;
}

export const realSystem: System = {
  platform: process.platform,
  nodeVersion: process.versions.node,
  now: Date.now,
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  tryListen: (host, port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', (error) => resolve({ code: 'code' in error ? String(error.code) : error.message }));
      server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
    }),
  lookup: async (name) => (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address),
};
