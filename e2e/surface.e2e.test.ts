import { startStack } from '@gemini-proxy/testbed';
import { toSurface } from './conformance/surface.ts';
import { surfaceConformance } from './conformance/surface-conformance.ts';

surfaceConformance({
  name: 'the gateway with Chromium and the fetch hook',
  passage: 'page',
  start: async (emulator) => toSurface(await startStack({ browser: { connections: 2 }, emulator })),
});
