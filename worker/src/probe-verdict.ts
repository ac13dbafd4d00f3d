import type { WorkerKind, WorkerStatus } from '@gemini-proxy/protocol';
import { toSentence, type WorkerReason } from './reasons.ts';

/** What a probe's answer says of the worker. `again`: the answer proves nothing, so the probe is repeated. */
export type ProbeVerdict = WorkerStatus | 'again';

/** Why the upstream refused a probe, where that is known. `hook-absent`: the call went out as anybody's would. */
export type Refusal = 'hook-absent' | 'other';

/** Tells a page without the fetch hook from a session that is not let in. */
export function toRefusal(message: string, kind: WorkerKind): Refusal {
  return kind !== 'keyed' && unregistered.test(message) ? 'hook-absent' : 'other';
}

const unregistered = /unregistered callers/i;

/** Judges a probe by its status; `message` is the upstream's, where it is an error. */
export function judgeProbe(status: number, message: string, kind: WorkerKind): ProbeVerdict {
  if (status >= 200 && status < 300) return { state: 'ready', reason: toSentence('answered') };
  if (status === 429) {
    // Quota is counted for those who are let in: the hook works and the session is authorised. The clients see their own 429s.
    return { state: 'ready', reason: toSentence('exhausted') };
  }
  if (status >= 500) return 'again';
  return { state: 'refused', reason: toSentence(reasonFor(status, message, kind), { status, message }) };
}

function reasonFor(status: number, message: string, kind: WorkerKind): WorkerReason {
  if (kind === 'keyed') return status === 404 ? 'urlWrong' : 'keyRefused';
  if (unregistered.test(message)) return 'hookAbsent';
  return status === 401 || status === 403 ? 'sessionRefused' : 'pageRefused';
}

/** Returns the message of an error body in Google's shape, also from a JSON array; otherwise the text itself. */
export function errorMessageOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    const error = memberOf(body, 'error');
    const message = memberOf(error, 'message');
    if (typeof message === 'string') return asSentence(message);
  } catch {
    // Not JSON: shown as it is.
  }
  return asSentence(text.replace(/\s+/g, ' ').trim() || 'no message');
}

/** Characters of an upstream message that are shown. */
const MAX_SHOWN_CHARACTERS = 300;

function asSentence(text: string): string {
  const shown = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS - 1)}…` : text;
  return /[.!?…]$/.test(shown) ? shown : `${shown}.`;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
