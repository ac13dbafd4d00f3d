import { startStack } from '@gemini-proxy/testbed';
import { describe, it } from 'vitest';
import { generateBodies } from './bodies.ts';
import { expectByteIdentity } from './byte-identity.ts';

describe('bytes through the Node worker', () => {
  it('arrive as they were sent, in both directions: 500 bodies from 1 B to 20 MiB', async () => {
    await using stack = await startStack({ workers: 2 });
    await expectByteIdentity(stack, generateBodies(500, 20_261), 8);
    await stack.settled();
  }, 240_000);
});
