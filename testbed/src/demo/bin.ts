/**
 * `npm run demo`: emulator, AI Studio simulator, gateway and a headless Chromium with the worker page; one whole and one streamed call; then it
 * stays up. `--check` ends after the calls: 0 when they went well, 1 when not.
 */
import { once } from 'node:events';
import { findChromium } from '../chromium.ts';
import { type Stack, startStack, waitForReady } from '../stack.ts';
import { callStreamed, callWhole } from './calls.ts';
import { say } from './print.ts';

const isCheck = process.argv.includes('--check');

/** A visible pace, as of a model that writes. */
const emulator = { defaults: { chunkIntervalMs: 60, chunkBytes: 24 } };

/** Starts the constellation with the best worker that this machine allows. */
async function startDemo(): Promise<Stack> {
  if (findChromium() !== undefined) {
    return startStack({ browser: { switches: { activationGate: 'click' }, isExpectedReady: false }, emulator });
  }
  say.note('No Chromium was found (Debian: apt-get install chromium; or name it in CHROMIUM_PATH).');
  say.note('The demo goes on with a worker in Node instead: the same engine, without the page and the hook.');
  return startStack({ workers: 1, emulator });
}

/** Does what a user does: one click into the page, which lets AI Studio forward its calls. */
async function activate(stack: Stack): Promise<void> {
  if (stack.browser === undefined) {
    say.step('emulator of the Gemini API, gateway and Node worker are up');
    return;
  }
  say.step('emulator of the Gemini API, gateway and AI Studio simulator are up; the worker page is open in Chromium');
  await stack.browser.frame.locator('h1').first().click();
  await waitForReady(stack.gateway, 1);
  say.step('the page was clicked once and its test call went through the hook: the worker is ready');
}

async function run(): Promise<void> {
  say.title('GeminiProxy demo');
  await using stack = await startDemo();
  await activate(stack);
  say.title('A whole answer');
  await callWhole(stack, 'What is a proxy?');
  say.title('A streamed answer');
  await callStreamed(stack, 'Tell me of the sea, slowly.');
  if (isCheck) {
    say.title('All calls went well.');
    return;
  }
  const headers = `-H 'content-type: application/json' -H 'x-goog-api-key: ${stack.clientKey}'`;
  const body = `-d '{"contents":[{"parts":[{"text":"Hello!"}]}]}'`;
  say.title('Try it by hand');
  say.line(`export GEMINI_API_KEY=${stack.clientKey}`);
  say.line(`export GOOGLE_GEMINI_BASE_URL=${stack.baseUrl}`);
  say.line(`curl -N "${stack.baseUrl}/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse" ${headers} ${body}`);
  say.line(`curl ${stack.baseUrl}/healthz`);
  say.line('\nCtrl-C ends the demo.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

try {
  await run();
} catch (error) {
  say.failure(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
