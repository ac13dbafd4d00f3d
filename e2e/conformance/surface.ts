import type { GeminiEmulatorOptions } from '@gemini-proxy/emulator/gemini';
import type { Stack } from '@gemini-proxy/testbed';

/** Something that speaks the Gemini API. */
export interface Surface extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Resolves when nothing is going on any more. */
  settled(): Promise<void>;
}

/** How the service behind a surface is to answer. */
export type ServiceOptions = Pick<GeminiEmulatorOptions, 'behaviour' | 'resources'>;

/** What stands between the client and the service; it decides which differences are allowed. */
export type Passage = 'nothing' | 'gateway' | 'page';

export interface SurfaceConformanceOptions {
  readonly name: string;
  readonly passage: Passage;
  start(service: ServiceOptions): Promise<Surface>;
}

/** The gateway of a stack, as its clients see it. */
export function toSurface(stack: Stack): Surface {
  return {
    baseUrl: stack.baseUrl,
    apiKey: stack.clientKey,
    settled: () => stack.settled(),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
