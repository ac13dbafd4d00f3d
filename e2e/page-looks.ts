import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import { findViolations } from './console/open-console.ts';

/** As it stands, a frame has nothing that axe objects to, light or dark, and nothing sticks out of it, wide or narrow. */
export async function expectGoodLooks(frame: Frame): Promise<void> {
  const page = frame.page();
  const usual = page.viewportSize();
  for (const width of [1_200, 390]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await frame.evaluate('document.documentElement.scrollWidth - innerWidth'), `${width} wide`).toBeLessThanOrEqual(0);
    const colorScheme = width === 390 ? 'dark' : 'light';
    await page.emulateMedia({ colorScheme });
    expect(await findViolations(frame), colorScheme).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
  if (usual !== null) await page.setViewportSize(usual);
}
