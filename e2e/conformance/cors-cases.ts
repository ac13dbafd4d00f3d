import type { SurfaceCase } from './surface-case.ts';
import type { Caller } from './transcript.ts';

const origin = 'http://app.example:8080';
const flash = '/v1beta/models/gemini-2.5-flash';

function preflight(caller: Caller, path: string, method: string, asked: string) {
  return caller.send({
    method: 'OPTIONS',
    path,
    isKeyless: true,
    headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': asked },
  });
}

/** What a page of another origin meets. */
export const corsCases: readonly SurfaceCase[] = [
  {
    name: 'preflights',
    async run(caller) {
      await preflight(caller, `${flash}:generateContent`, 'POST', 'content-type,x-goog-api-client,x-goog-api-key');
      await preflight(caller, '/upload/v1beta/files', 'POST', 'x-goog-upload-command,x-goog-upload-protocol');
      await preflight(caller, '/v1beta/files/abc', 'DELETE', 'x-goog-api-key');
    },
  },
  { name: 'an answer', run: (caller) => caller.send({ method: 'GET', path: '/v1beta/models?pageSize=1', headers: { origin } }) },
  { name: 'an error', run: (caller) => caller.send({ method: 'GET', path: '/v1beta/models/none', headers: { origin } }) },
];
