import { startStack } from '@gemini-proxy/testbed';
import { toSurface } from './conformance/surface.ts';
import { surfaceConformance } from './conformance/surface-conformance.ts';

surfaceConformance({
  name: 'the gateway with Chromium and the fetch hook',
  passage: 'page',
  // The hook is known not to serve interactions; here it shall, to see that they would pass.
  start: async (emulator) =>
    toSurface(await startStack({ unattendedBrowser: { connections: 2, switches: { interactionsMissing: false } }, emulator })),
});
