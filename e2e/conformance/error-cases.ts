import { type FaultName, faults } from './faults.ts';
import type { SurfaceCase } from './surface-case.ts';

const flash = '/v1beta/models/gemini-2.5-flash';
const names = Object.keys(faults) as FaultName[];
const methods = [
  ['whole', 'generateContent'],
  ['as events', 'streamGenerateContent?alt=sse'],
  ['as an array', 'streamGenerateContent'],
  ['of a count', 'countTokens'],
] as const;

/** The service's own errors; the gateway adds nothing and takes nothing away. */
export const errorCases: readonly SurfaceCase[] = names.flatMap((fault) =>
  methods.map(([form, method]) => ({
    name: `${fault}, ${form}`,
    run: (caller) => caller.post(`${flash}:${method}`, { contents: [{ role: 'user', parts: [{ text: fault }] }] }),
  })),
);
