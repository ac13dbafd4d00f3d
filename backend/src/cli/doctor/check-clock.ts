import type { HttpRequest } from '../http-request.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Certificates and sign-ins stop working beyond a few minutes. */
const toleratedMs = 2 * 60_000;
const timeoutMs = 5_000;

export interface ClockFacts {
  readonly request: HttpRequest;
  readonly now: () => number;
  /** Any server that says the time; by default the Gemini API. */
  readonly url: string;
}

/** Compares the clock with the time that a server gives in its answer. */
export async function checkClock({ request, now, url }: ClockFacts): Promise<Finding> {
  const { host } = new URL(url);
  const serverTime = await request(url, { method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) }).then(
    (response) => Date.parse(response.headers.get('date') ?? ''),
    (error: unknown) => error,
  );
  if (typeof serverTime !== 'number') {
    if (isCertificateDate(serverTime)) {
      return problem(
        'clock',
        `The certificate of ${host} is not valid at the time that this machine believes it is (${new Date(now()).toISOString()}).`,
        'Set the clock of this machine, and let it follow a time server.',
      );
    }
    return note('clock', `The clock cannot be checked: ${host} does not answer. Pages in a browser may reach it all the same.`);
  }
  if (Number.isNaN(serverTime)) return note('clock', `The clock cannot be checked: ${host} does not say the time.`);
  const offsetMs = now() - serverTime;
  if (Math.abs(offsetMs) <= toleratedMs) return ok('clock', 'The clock is right.');
  const amount =
    Math.abs(offsetMs) < 7_200_000
      ? `${Math.round(Math.abs(offsetMs) / 60_000)} minutes`
      : `${Math.round(Math.abs(offsetMs) / 3_600_000)} hours`;
  return problem(
    'clock',
    `The clock of this machine is ${amount} ${offsetMs > 0 ? 'fast' : 'slow'}.`,
    'Set it, and let it follow a time server: certificates and sign-ins depend on it.',
  );
}

function isCertificateDate(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID';
}
