import type * as node from '@google/genai';
import * as web from '@google/genai/web';
import type { Target } from '../client.ts';
import { connectGenai } from '../genai-operations.ts';

/** The builds have the same interface, but TypeScript tells their private members apart. */
const sdk = web as unknown as typeof node;

/** What the test finds in the page: the SDK's own operations. */
Object.assign(globalThis, { connectGenai: (target: Target) => connectGenai(sdk, target) });
