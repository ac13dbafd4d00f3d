import type { Page } from 'playwright-core';

/** What a keyboard has to reach: everything in sight that can be used, one of each group that arrow keys move in. */
const listControls = `(() => {
  const seen = [];
  for (const element of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
    if (element.tabIndex < 0 || element.disabled || element.getAttribute('aria-hidden') === 'true') continue;
    if (element.type === 'radio' && !element.checked) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    seen.push(element);
  }
  window.expectedControls = seen;
  window.reachedControls = new Set();
  return seen.length;
})()`;

const noteFocus = `(() => {
  const focused = document.activeElement;
  window.reachedControls.add(focused);
  const style = getComputedStyle(focused);
  const label = focused.closest('label') ?? focused;
  const rings = [focused, label, ...label.querySelectorAll('*')].map((element) => getComputedStyle(element));
  const isMarked = rings.some(({ outlineStyle, boxShadow }) => outlineStyle !== 'none' || boxShadow !== 'none') || style.borderColor !== '';
  return { isMarked, left: window.expectedControls.filter((element) => !window.reachedControls.has(element)).length };
})()`;

const describeLeft = `window.expectedControls.filter((element) => !window.reachedControls.has(element))
  .map((element) => element.outerHTML.slice(0, 120))`;

/** Presses Tab through the page; gives the controls that were not reached. */
export async function findUnreachable(page: Page): Promise<readonly string[]> {
  const count: number = await page.evaluate(listControls);
  await page.evaluate('document.activeElement.blur()');
  for (let press = 0; press < count + 10; press += 1) {
    await page.keyboard.press('Tab');
    const { left }: { readonly left: number } = await page.evaluate(noteFocus);
    if (left === 0) return [];
  }
  return page.evaluate(describeLeft);
}
