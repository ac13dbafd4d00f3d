#!/usr/bin/env node
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { createGateway } from '../gateway.ts';
import { main } from './main.ts';

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  signals: process,
  writeOutput: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  exit: (code) => process.exit(code),
  createGateway,
  startKeyedWorker: ({ gatewayUrl, ...options }) => startKeyedWorker({ ...options, connect: websocketConnect(gatewayUrl) }),
});
