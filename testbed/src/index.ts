export { type Child, residentBytes, startChild } from './child.ts';
export { chromiumArguments, findChromium, launchChromium, spawnChromium } from './chromium.ts';
export { type WaitOptions, waitUntil } from './wait-until.ts';
