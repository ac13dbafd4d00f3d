import type { SurfaceCase } from './surface-case.ts';

const flash = '/v1beta/models/gemini-2.5-flash';
const contents = [{ role: 'user', parts: [{ text: 'Grüße 你好 '.repeat(200) }] }];
const gzip = { 'accept-encoding': 'gzip' };

/** Answers that the service compresses, for clients that take it. */
export const gzipCases: readonly SurfaceCase[] = [
  { name: 'a list', run: (caller) => caller.send({ method: 'GET', path: '/v1beta/models', headers: gzip }) },
  { name: 'an answer', run: (caller) => caller.post(`${flash}:generateContent`, { contents }, gzip) },
  { name: 'a stream of events', run: (caller) => caller.post(`${flash}:streamGenerateContent?alt=sse`, { contents }, gzip) },
  { name: 'an error', run: (caller) => caller.send({ method: 'GET', path: '/v1beta/models/none', headers: gzip }) },
];
