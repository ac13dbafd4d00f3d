import { createGeminiEmulator, DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheCases } from './cache-cases.ts';
import { toComparable } from './comparable.ts';
import { corsCases } from './cors-cases.ts';
import { errorCases } from './error-cases.ts';
import { chooseFault } from './faults.ts';
import { fileCases } from './file-cases.ts';
import { generateCases } from './generate-cases.ts';
import { gzipCases } from './gzip-cases.ts';
import { liveCases } from './live-cases.ts';
import { modelCases } from './model-cases.ts';
import { otherCases } from './other-cases.ts';
import type { ServiceOptions, Surface, SurfaceConformanceOptions } from './surface.ts';
import { tokenCases } from './token-cases.ts';
import { Caller } from './transcript.ts';
import { uploadCases } from './upload-cases.ts';

const resources = {
  models: modelCases,
  generation: generateCases,
  'tokens and embeddings': tokenCases,
  files: fileCases,
  uploads: uploadCases,
  caches: cacheCases,
  errors: errorCases,
  CORS: corsCases,
  Live: liveCases,
  compression: gzipCases,
  'the rest': otherCases,
};

const service: ServiceOptions = { behaviour: chooseFault };

/** Makes the same requests of a surface and of the service alone, and holds that the answers are the same, header by header and byte by byte. */
export function surfaceConformance({ name, passage, start }: SurfaceConformanceOptions): void {
  describe(`the surface of ${name}`, () => {
    let surface: Surface;
    let reference: Surface;
    beforeAll(async () => {
      surface = await start(service);
      reference = await startService(service);
    });
    afterAll(async () => {
      await surface[Symbol.asyncDispose]();
      await reference[Symbol.asyncDispose]();
    });

    for (const [resource, cases] of Object.entries(resources)) {
      describe(resource, () => {
        it.each(cases)('$name', async ({ run }) => {
          const called = new Caller(surface);
          await run(called);
          const expected = new Caller(reference);
          await run(expected);
          const comparable = (caller: Caller, { baseUrl }: Surface) =>
            caller.answers.map((answer) => toComparable(answer, passage, { baseUrl }));
          expect(comparable(called, surface)).toEqual(comparable(expected, reference));
          await surface.settled();
        });
      });
    }
  });
}

/** The service itself, with nothing before it. */
export async function startService(options: ServiceOptions): Promise<Surface> {
  const emulator = createGeminiEmulator(options);
  const baseUrl = await emulator.listen();
  return {
    baseUrl,
    apiKey: DEFAULT_API_KEY,
    settled: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}
