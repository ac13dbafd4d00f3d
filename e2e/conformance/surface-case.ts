import type { Caller } from './transcript.ts';

/** Some calls whose answers must be the same whatever stands between. */
export interface SurfaceCase {
  readonly name: string;
  run(caller: Caller): Promise<unknown>;
}
