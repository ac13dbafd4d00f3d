import { startStack } from '@gemini-proxy/testbed';
import { toSurface } from './conformance/surface.ts';
import { startService, surfaceConformance } from './conformance/surface-conformance.ts';

surfaceConformance({ name: 'the emulator alone', passage: 'nothing', start: startService });

surfaceConformance({
  name: 'the gateway with a Node worker',
  passage: 'gateway',
  start: async (emulator) => toSurface(await startStack({ workers: 1, emulator })),
});
