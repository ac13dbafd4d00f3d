/**
 * `npm run demo`: emulator, AI Studio simulator, gateway and a headless Chromium with the worker page; one whole and one streamed call; then it
 * stays up. `--check` ends after the calls: 0 when they went well, 1 when not. `--json` prints where it is once they went well.
 */
import { findChromium } from '../chromium.ts';
import { type Stack, startStack, waitForReady } from '../stack.ts';
import { callStreamed, callWhole } from './calls.ts';
import { say } from './print.ts';
import { listenForStop, Stopped } from './stop.ts';

const isCheck = process.argv.includes('--check');
const isJson = process.argv.includes('--json');

/** A visible pace, as of a model that writes. */
const emulator = { defaults: { chunkIntervalMs: 60, chunkBytes: 24 } };

/** Starts the constellation with the best worker that this machine allows. */
async function startDemo(): Promise<Stack> {
  if (findChromium() !== undefined) {
    say.quiet('Starting the emulator, the gateway and Chromium …');
    return startStack({
      browser: { switches: { activationGate: 'click' }, isExpectedReady: false, leavesSignals: true },
      emulator,
      hasConsole: true,
    });
  }
  const { CHROMIUM_PATH: named } = process.env;
  say.note(named ? `CHROMIUM_PATH names no file: ${named}` : 'No Chromium was found.');
  say.note('Install it (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.');
  say.note('The demo goes on with a worker in Node instead: the same engine, without the page and the hook.\n');
  return startStack({ workers: 1, emulator, hasConsole: true });
}

/** Does what a user does: one click into the page, which lets AI Studio forward its calls. */
async function activate(stack: Stack): Promise<void> {
  if (stack.browser === undefined) {
    say.step('The emulator of the Gemini API, the gateway and a Node worker are up.');
    return;
  }
  say.step('The emulator of the Gemini API, the gateway and the simulator of AI Studio are up.');
  say.step('The worker page is open in Chromium.');
  await stack.browser.frame.locator('h1').first().click();
  await waitForReady(stack.gateway, 1);
  say.step('It was clicked once, and its test call went through the hook: the worker is ready.');
}

function showWhatToTry({ clientKey, baseUrl, gateway }: Stack): void {
  say.title('Look at it');
  say.line(`\n${gateway.createConsoleLink(baseUrl).url}`);
  say.title('Try it by hand');
  say.line(`
export GEMINI_API_KEY=${clientKey}
export GOOGLE_GEMINI_BASE_URL=${baseUrl}

curl -N "$GOOGLE_GEMINI_BASE_URL/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse" \\
  -H "x-goog-api-key: $GEMINI_API_KEY" -H 'content-type: application/json' \\
  -d '{"contents":[{"parts":[{"text":"Hello!"}]}]}'

curl "$GOOGLE_GEMINI_BASE_URL/healthz"
`);
  say.quiet('The demo stays up. Ctrl-C ends it.');
}

function printFacts({ browser, baseUrl, clientKey, gateway }: Stack): void {
  const consoleUrl = gateway.createConsoleLink(baseUrl).url;
  process.stdout.write(
    `${JSON.stringify({ worker: browser === undefined ? 'node' : 'chromium', baseUrl, clientKey, consoleUrl })}\n`,
  );
}

async function run(): Promise<void> {
  using stop = listenForStop();
  say.title('GeminiProxy demo');
  await using stack = await startDemo();
  stop.signal.throwIfAborted();
  const steps = async (): Promise<void> => {
    await activate(stack);
    say.title('A whole answer');
    await callWhole(stack, 'What is a proxy?', stop.signal);
    say.title('A streamed answer');
    await callStreamed(stack, 'Tell me of the sea, slowly.', stop.signal);
  };
  await Promise.race([steps(), stop.requested]);
  if (isJson) printFacts(stack);
  if (isCheck) {
    say.title('All calls went well.');
    return;
  }
  showWhatToTry(stack);
  await stop.requested.catch(() => undefined);
}

try {
  await run();
} catch (error) {
  process.exitCode = error instanceof Stopped ? 130 : 1;
  if (!(error instanceof Stopped)) say.failure(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
