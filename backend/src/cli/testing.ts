import { EventEmitter } from 'node:events';
import type { Surroundings } from './surroundings.ts';

/** Surroundings in which nothing happens, on a machine without fault; tests replace what they look at. */
export function quietSurroundings(): Surroundings {
  const refuse = (what: string) => () => {
    throw new Error(`${what} is not expected`);
  };
  return {
    version: '1.2.3',
    env: {},
    signals: new EventEmitter(),
    writeOutput: refuse('output'),
    writeError: refuse('an error'),
    outputFacts: () => ({ isTerminal: false, columns: 80, rows: 24 }),
    errorFacts: () => ({ isTerminal: false, columns: 80, rows: 24 }),
    exit: refuse('exit'),
    createGateway: refuse('a gateway'),
    startKeyedWorker: refuse('a worker'),
    request: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    system: {
      platform: 'linux',
      nodeVersion: '24.21.0',
      now: () => 1_700_000_000_000,
      freeBytes: async () => 2 ** 40,
      tryListen: async () => 'free',
      lookup: async () => ['127.0.0.1', '::1'],
    },
    openInBrowser: refuse('a browser'),
    runDemo: refuse('a demo'),
    locations: { aiStudioApp: '/app/aistudio' },
  };
}
