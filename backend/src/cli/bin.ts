#!/usr/bin/env node
import type { WriteStream } from 'node:tty';
import { version } from '../version.ts';
import { directRequest } from './http-request.ts';
import { locations } from './locations.ts';
import { main } from './main.ts';
import { openInBrowser } from './open-in-browser.ts';
import { runProgram } from './run-program.ts';
import { realSystem } from './system.ts';

/** Of a stream that is no terminal nothing but that is known; some terminals say 0. */
function factsOf({ isTTY, columns, rows }: Partial<WriteStream>) {
  return { isTerminal: isTTY === true, columns: columns || 80, rows: rows || 24 };
}

// A reader such as `head` has seen enough.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  version,
  env: process.env,
  signals: process,
  writeOutput: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  outputFacts: () => factsOf(process.stdout),
  errorFacts: () => factsOf(process.stderr),
  exit: (code) => process.exit(code),
  // Loaded on use: the other commands answer sooner without them.
  async createGateway(options) {
    const { createGateway } = await import('../gateway.ts');
    return createGateway(options);
  },
  async startKeyedWorker({ gatewayUrl, ...options }) {
    const { startKeyedWorker, websocketConnect } = await import('@gemini-proxy/worker/node');
    return startKeyedWorker({ ...options, connect: websocketConnect(gatewayUrl) });
  },
  request: directRequest,
  system: realSystem,
  openInBrowser,
  runDemo: (args) => runProgram(locations.demoProgram, args),
  locations,
});
