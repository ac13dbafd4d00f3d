import { startStack } from '@gemini-proxy/testbed';
import { describe, it } from 'vitest';
import { generateBodies } from './bodies.ts';
import { expectByteIdentity } from './byte-identity.ts';

describe('bytes through Chromium and the fetch hook', () => {
  it('arrive as they were sent, in both directions: 50 bodies from 1 B to 20 MiB', async () => {
    await using stack = await startStack({ unattendedBrowser: { connections: 2 } });
    await expectByteIdentity(stack, generateBodies(50, 7), 4);
    await stack.settled();
  });
});
