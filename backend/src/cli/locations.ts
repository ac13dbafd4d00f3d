import { fileURLToPath } from 'node:url';
import type { Locations } from './surroundings.ts';

/** In a checkout; the package has this module's like for its own folders. */
const repository = new URL(import.meta.url.endsWith('.ts') ? '../../../' : '../../../../', import.meta.url);

export const locations: Locations & { readonly demoProgram: string } = {
  aiStudioApp: fileURLToPath(new URL('frontend/dist/aistudio', repository)),
  console: fileURLToPath(new URL('frontend/dist/console', repository)),
  demoProgram: fileURLToPath(new URL('testbed/src/demo/bin.ts', repository)),
};
