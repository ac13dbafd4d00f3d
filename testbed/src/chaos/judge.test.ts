import type { ReceivedRequest } from '@gemini-proxy/emulator/gemini';
import { describe, expect, it } from 'vitest';
import { type Evidence, judge } from './judge.ts';
import type { Ending, Received } from './observation.ts';
import type { Reader } from './plan.ts';

const gatewayError = (reason: string, code: number, status: string) =>
  `{\n  "error": {\n    "code": ${code},\n    "message": "m",\n    "status": "${status}",\n    "details": [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "${reason}", "domain": "gemini-proxy" }]\n  }\n}\n`;

const received = (changes: Partial<Received> = {}): Received => ({
  status: 200,
  contentType: 'text/event-stream',
  bytes: 10,
  sha256: 'same',
  beginning: '',
  ending: '',
  ...changes,
});
const complete = (changes: Partial<Received> = {}): Ending => ({ kind: 'complete', ...received(changes) });
const broken = (changes: Partial<Received> = {}): Ending => ({ kind: 'broken', error: 'ECONNRESET', ...received(changes) });

const sent = (answer: ReceivedRequest['answer'], status = 200): ReceivedRequest => ({
  ...{ id: 1, method: 'POST', path: '/', httpVersion: '1.1', headers: {}, receivedAtMs: 0 },
  ...{ body: undefined, status, answer, isAborted: false, closedAtMs: undefined },
});
const whole = sent({ bytes: 10, sha256: 'same' });

function evidence(end: Ending, changes: Partial<Evidence> & { reader?: Reader } = {}): Evidence {
  const { reader = { kind: 'quick' }, ...rest } = changes;
  return {
    planned: { id: 1, atMs: 0, asked: { kind: 'sse', promptBytes: 1, behaviour: {} }, reader, reusesConnection: false },
    seen: { id: 1, startedAtMs: 0, endedAtMs: 1, end },
    sent: [whole],
    hasLostGateway: false,
    hasAiStudio: false,
    ...rest,
  };
}

describe('judge', () => {
  it.each([
    ['the bytes that were sent', complete(), 'right'],
    ['an error of the upstream', complete({ status: 503 }), "upstream's error"],
    [
      "an error of the gateway's",
      complete({ status: 502, sha256: 'other', beginning: gatewayError('WORKER_LOST', 502, 'UNAVAILABLE') }),
      "gateway's error",
    ],
    [
      'a stream cut with an error behind it',
      broken({ ending: `data: {}\r\n\r\n${gatewayError('UPSTREAM_CUT', 502, 'UNAVAILABLE')}` }),
      'cut, with an error',
    ],
    [
      'a stream cut in the middle of an event, with an error behind it',
      broken({ ending: `data: {"candi${gatewayError('IDLE_TIMEOUT', 504, 'DEADLINE_EXCEEDED')}` }),
      'cut, with an error',
    ],
    ['a broken answer that is no event stream', broken({ contentType: 'application/json' }), 'cut, bare'],
    ['a client that left', { kind: 'left' }, 'left'],
  ] as const)('accepts %s', (_, end, outcome) => {
    const records = [sent({ bytes: 3, sha256: 'first try' }), whole, sent({ bytes: 10, sha256: 'same' }, 503)];
    expect(judge(evidence(end, { sent: records }))).toMatchObject({ outcome, violation: undefined });
  });

  it.each([
    ['a short answer that looks complete', complete({ bytes: 9, sha256: 'other' })],
    ['other bytes of the same length', complete({ sha256: 'other' })],
    [
      'an error that is not in the table',
      complete({ status: 502, sha256: 'o', beginning: gatewayError('NO_SUCH', 502, 'UNAVAILABLE') }),
    ],
    [
      'an error under another status',
      complete({ status: 200, sha256: 'o', beginning: gatewayError('WORKER_LOST', 502, 'UNAVAILABLE') }),
    ],
    [
      'an error with another name',
      complete({ status: 502, sha256: 'o', beginning: gatewayError('WORKER_LOST', 502, 'INTERNAL') }),
    ],
    ['an event stream that breaks without a word', broken({ ending: 'data: {}\r\n\r\n' })],
    ['a connection that breaks without an answer', { kind: 'broken', error: 'ECONNRESET' }],
    ['a request without an end', { kind: 'overdue', doing: 'reading' }],
    ['a wrong upload', { kind: 'wrong', text: 'another sum' }],
  ] as const satisfies readonly (readonly [string, Ending])[])('rejects %s', (_, end) => {
    expect(judge(evidence(end))).toMatchObject({ outcome: 'violation', violation: expect.stringContaining('request 1') });
  });

  it('takes nothing for right of which the upstream has sent a part', () => {
    expect(judge(evidence(complete(), { sent: [sent(undefined)] }))).toMatchObject({ outcome: 'violation' });
  });

  it("takes AI Studio's own answers for the upstream's, where there is one", () => {
    const body = `${JSON.stringify({ error: { code: 503, message: 'The service is currently unavailable.', status: 'UNAVAILABLE' } }, null, 2)}\n`;
    const end = complete({ status: 503, sha256: 'other', beginning: body });
    expect(judge(evidence(end, { hasAiStudio: true }))).toMatchObject({ outcome: "upstream's error" });
    expect(judge(evidence(end))).toMatchObject({ outcome: 'violation' });
  });

  it('expects no last words of a gateway that is gone, nor for a slow reader', () => {
    const end = broken({ ending: 'data: {}\r\n\r\n' });
    expect(judge(evidence(end, { hasLostGateway: true }))).toMatchObject({ outcome: 'cut, bare', violation: undefined });
    expect(judge(evidence(end, { reader: { kind: 'slow', bytesPerSecond: 1 } }))).toMatchObject({ violation: undefined });
  });
});
