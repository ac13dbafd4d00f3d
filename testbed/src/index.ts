export type { BrowserOptions, BrowserWorker } from './browser-worker.ts';
export { type Child, residentBytes, startChild } from './child.ts';
export { chromiumArguments, findChromium, launchChromium, spawnChromium } from './chromium.ts';
export { type ProcessStack, startGatewayProcess, startProcessStack } from './process-stack.ts';
export { type Stack, type StackOptions, startStack, waitForReady } from './stack.ts';
export { type WaitOptions, waitUntil } from './wait-until.ts';
