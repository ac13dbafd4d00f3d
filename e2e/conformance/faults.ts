import type { Behaviour, BehaviourRequest } from '@gemini-proxy/emulator/gemini';

const badGatewayPage = '<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> Grüße 你好\n';

/** The faults that a request asks for by the word in its text, so that every surface meets the same. */
export const faults = {
  'fault-400': { fault: { kind: 'status', status: 400 } },
  'fault-401': { fault: { kind: 'status', status: 401 } },
  'fault-403': { fault: { kind: 'status', status: 403 } },
  'fault-404': { fault: { kind: 'status', status: 404 } },
  'fault-429': { fault: { kind: 'status', status: 429 } },
  'fault-500': { fault: { kind: 'status', status: 500 } },
  'fault-503': { fault: { kind: 'status', status: 503 } },
  'fault-504': { fault: { kind: 'status', status: 504 } },
  'fault-html': {
    fault: { kind: 'status', status: 404 },
    rawBody: badGatewayPage,
    responseHeaders: { 'content-type': 'text/html; charset=UTF-8' },
  },
  'fault-mid-stream': { chunkCount: 3, fault: { kind: 'mid-stream-error', afterChunks: 2, code: 503 } },
} as const satisfies Readonly<Record<string, Behaviour>>;

export type FaultName = keyof typeof faults;

const names = Object.keys(faults) as FaultName[];

/** Chooses the fault that the request names. */
export function chooseFault({ body }: BehaviourRequest): Behaviour | undefined {
  const text = JSON.stringify(body) ?? '';
  const name = names.find((candidate) => text.includes(`"${candidate}"`));
  return name === undefined ? undefined : faults[name];
}
