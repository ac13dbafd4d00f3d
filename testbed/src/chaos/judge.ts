import { gatewayErrors } from '@gemini-proxy/backend';
import { isRefusal } from '@gemini-proxy/emulator/aistudio';
import type { ReceivedRequest } from '@gemini-proxy/emulator/gemini';
import type { Observation, Received } from './observation.ts';
import type { PlannedRequest } from './plan.ts';

/** How an error behind a part of an answer begins; that part may end anywhere. */
const errorStart = '{\n  "error": {';

/** What became of a request, in the words of the summary; `violation` where it must not have. */
export interface Verdict {
  readonly outcome: Outcome;
  /** The gateway's reason, where it gave one. */
  readonly reason: string | undefined;
  /** What the client was told, or felt, where it got no right answer. */
  readonly detail: string;
  readonly violation: string | undefined;
}

export type Outcome =
  | 'right'
  | "upstream's error"
  | "gateway's error"
  | 'cut, with an error'
  | 'cut, bare'
  | 'gave up'
  | 'left'
  | 'violation';

export interface Evidence {
  readonly planned: PlannedRequest;
  readonly seen: Observation;
  /** What the emulator knows of requests with this id. */
  readonly sent: readonly ReceivedRequest[];
  /** Whether a gateway's process ended meanwhile, and connections to clients with it. */
  readonly hasLostGateway: boolean;
  /** Whether AI Studio may have answered in place of the emulator. */
  readonly hasAiStudio: boolean;
}

/** Judges what a client saw: each answer is right, or an error of the documented form, or broken so that the client notices. */
export function judge(evidence: Evidence): Verdict {
  const { planned, seen } = evidence;
  const { end } = seen;
  switch (end.kind) {
    case 'left':
      return verdict('left');
    case 'right':
      return verdict('right');
    case 'gave-up':
      return verdict('gave up', end.text);
    case 'wrong':
      return violation(`request ${planned.id} (${planned.asked.kind}): ${end.text}`);
    case 'overdue':
      return violation(`request ${planned.id} (${planned.asked.kind}) did not end in time: ${end.doing}`);
    case 'complete':
      return judgeComplete(evidence, end);
    case 'broken':
      return judgeBroken(evidence, end);
    default:
      return end satisfies never;
  }
}

function judgeComplete({ planned, sent, hasAiStudio }: Evidence, received: Received): Verdict {
  const { status, bytes, sha256 } = received;
  const isAsSent = sent.some((one) => one.status === status && one.answer?.sha256 === sha256 && one.answer.bytes === bytes);
  if (isAsSent) return status < 400 ? verdict('right') : verdict("upstream's error", String(status));
  if (hasAiStudio && isRefusal(status, received.beginning)) return verdict("upstream's error", `AI Studio's ${status}`);
  const error = parseGatewayError(received.beginning);
  if (error !== undefined && error.code === status) {
    return verdict("gateway's error", error.message, error.reason);
  }
  const answers = sent.map((one) => `${one.status}, ${one.answer === undefined ? 'unfinished' : `${one.answer.bytes} bytes`}`);
  return violation(
    `request ${planned.id} (${planned.asked.kind}) was answered with ${status} and ${bytes} bytes, as if complete; the upstream sent [${answers.join('; ')}]. ` +
      `It ends: ${JSON.stringify(received.ending.slice(-300))}`,
  );
}

function judgeBroken(evidence: Evidence, end: { readonly error: string } & Partial<Received>): Verdict {
  const { planned, hasLostGateway } = evidence;
  const { status, contentType = '', ending = '' } = end;
  const error = parseGatewayError(ending.slice(Math.max(0, ending.lastIndexOf(errorStart))));
  if (error !== undefined) return verdict('cut, with an error', error.message, error.reason);
  const isBodyOnItsWay =
    planned.asked.kind === 'echo' || ('promptBytes' in planned.asked && planned.asked.promptBytes > 16 * 1024);
  const bare = verdict('cut, bare', end.error);
  if (hasLostGateway) return bare;
  if (status === undefined) {
    // Who is still sending may be told no by a closed connection.
    return isBodyOnItsWay ? bare : violation(`request ${planned.id} (${planned.asked.kind}) got no answer: ${end.error}`);
  }
  if (contentType.startsWith('text/event-stream') && planned.reader.kind === 'quick') {
    return violation(
      `request ${planned.id} (${planned.asked.kind}) broke off after ${end.bytes} bytes without the error that belongs there. ` +
        `It ends: ${JSON.stringify(ending.slice(-200))}`,
    );
  }
  return bare;
}

function violation(text: string): Verdict {
  return { outcome: 'violation', reason: undefined, detail: text, violation: text };
}

function verdict(outcome: Outcome, detail = '', reason?: string): Verdict {
  return { outcome, reason, detail, violation: undefined };
}

interface GatewayErrorSeen {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** The gateway's own error, if the text is one in all its parts. */
function parseGatewayError(text: string): GatewayErrorSeen | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { error } = Object(Array.isArray(parsed) ? parsed[0] : parsed);
  const info = Object(error).details?.find?.(
    (detail: { '@type'?: unknown; domain?: unknown }) =>
      detail['@type'] === 'type.googleapis.com/google.rpc.ErrorInfo' && detail.domain === 'gemini-proxy',
  );
  const reason: unknown = info?.reason;
  if (typeof reason !== 'string' || !isReason(reason)) return undefined;
  const { http, status } = gatewayErrors[reason];
  const { code, message } = error;
  return code === http && error.status === status && typeof message === 'string' ? { code, reason, message } : undefined;
}

function isReason(reason: string): reason is keyof typeof gatewayErrors {
  return Object.hasOwn(gatewayErrors, reason);
}
