import { describe, expect, it } from 'vitest';
import { ack } from '../testing/control-frames.ts';
import { FakeClock, FlushQueue, naiveDecode, naiveEncode, RecordedStream, ScriptedTransport } from '../testing/index.ts';
import { exampleGraceMs, ResumingPair } from '../testing/resuming-pair.ts';
import { exampleHello, exampleWelcome } from '../testing/session-pair.ts';
import { createWorkerSession, defaultLimits, frameRules, type ProtocolError } from './index.ts';

describe('a claim to a session', () => {
  it.each([
    ['more than was sent', 5],
    ['giant', Number.MAX_SAFE_INTEGER],
  ])('with a count that is %s ends it, and is refused', (_, receivedMessages) => {
    const pair = ResumingPair.open();
    const { answer } = pair.exchange();
    pair.cut();
    const claim = pair.claim({ sessionId: 'session-1', secret: 'secret-1', receivedMessages });
    expect([claim.error?.code, claim.transport.closed?.code]).toEqual(['UNEXPECTED_FRAME', 4409]);
    expect([answer.error?.code, pair.gateway.closed]).toEqual(['SESSION_LOST', true]);
    expect(claim.transport.messages).toEqual([]);
  });

  it('with a count below what was acknowledged ends it, and is refused', () => {
    const pair = ResumingPair.open();
    pair.exchange();
    pair.gateway.receive(ack(1));
    pair.cut();
    const claim = pair.claim({ sessionId: 'session-1', secret: 'secret-1', receivedMessages: 0 });
    expect([claim.error?.code, pair.gateway.closed]).toEqual(['UNEXPECTED_FRAME', true]);
  });

  it.each([
    ['text', 'yes'],
    ['no secret', { sessionId: 's', receivedMessages: 0 }],
    ['a long secret', { sessionId: 's', secret: 'x'.repeat(129), receivedMessages: 0 }],
    ['a negative count', { sessionId: 's', secret: 'x', receivedMessages: -1 }],
    ['half a message', { sessionId: 's', secret: 'x', receivedMessages: 0.5 }],
    ['a count beyond all numbers', { sessionId: 's', secret: 'x', receivedMessages: 2 ** 53 }],
  ])('of %s is malformed', (_, resume) => {
    const pair = ResumingPair.open();
    pair.cut();
    const claim = pair.claim(resume as object);
    expect(claim.error).toMatchObject({ code: 'MALFORMED_FRAME', message: expect.stringContaining('hello.resume') });
    expect(pair.gateway.suspended).toBe(true);
  });

  it('is answered by the welcome alone, and then by what was lost', () => {
    const pair = ResumingPair.open();
    const { stream } = pair.exchange();
    stream.write(Uint8Array.of(1));
    pair.flushes.run();
    pair.cut();
    stream.write(Uint8Array.of(2));
    const claim = pair.claim({ sessionId: 'session-1', secret: 'secret-1', receivedMessages: 1 });
    pair.flushes.run();
    const types = claim.transport.messages.map((message) => naiveDecode(message).map(({ type }) => type));
    const { welcome, data, ack: ackRule } = frameRules;
    expect(types).toEqual([[welcome.type], [data.type], [ackRule.type, data.type]]);
    const answer = JSON.parse(new TextDecoder().decode(naiveDecode(claim.transport.messages[0] ?? nothing)[0]?.payload));
    expect(answer).toMatchObject({ sessionId: 'session-1', windowBytes: exampleWelcome.windowBytes });
    expect(answer.resume).toMatchObject({ isResumed: true, secret: 'secret-2', graceMs: exampleGraceMs, receivedMessages: 0 });
  });

  it('that nobody made is a violation of the gateway’s', () => {
    const transport = new ScriptedTransport();
    const options = { transport, clock: new FakeClock(), scheduleFlush: new FlushQueue().schedule, limits: defaultLimits };
    const errors: ProtocolError[] = [];
    const session = createWorkerSession(
      { ...options, hello: exampleHello },
      { onWelcome: () => {}, onStream: () => new RecordedStream(), onGoaway: () => {}, onClose: (error) => errors.push(error) },
    );
    const resume = { isResumed: true, secret: 'x', graceMs: 1000, receivedMessages: 0 };
    const payload = new TextEncoder().encode(JSON.stringify({ ...exampleWelcome, resume }));
    session.receive(naiveEncode([{ type: frameRules.welcome.type, flags: 0, stream: 0, payload }]));
    expect(errors.map(({ code }) => code)).toEqual(['UNEXPECTED_FRAME']);
  });
});

const nothing = new Uint8Array(0);
