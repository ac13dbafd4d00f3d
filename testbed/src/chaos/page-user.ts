import type { ChaosStack } from './chaos-stack.ts';

const lookIntervalMs = 2_000;
const clickTimeoutMs = 5_000;

/** The person before the page: clicks into it when it asks for that, until disposed. */
export function attendPage(stack: ChaosStack): AsyncDisposable {
  const { browser } = stack;
  if (browser === undefined) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  let looking = Promise.resolve();
  const look = async () => {
    const workers = await stack.gateway.workers();
    if (!workers.some(({ state }) => state === 'needs-interaction')) return;
    await browser.frame.locator('h1').first().click({ timeout: clickTimeoutMs });
  };
  const timer = setInterval(() => {
    // There may be no gateway to ask, or something over the heading; there is a next time.
    looking = looking.then(look).catch(() => {});
  }, lookIntervalMs);
  return {
    [Symbol.asyncDispose]: () => {
      clearInterval(timer);
      return looking;
    },
  };
}
