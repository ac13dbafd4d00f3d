import { Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBreak, createStall, createStatusAppender } from './stream-faults.ts';

const events = ['data: {"a":"é"}\r\n\r\n', 'data: {"b":2}\r\n\r\n', 'data: {"c":3}\r\n\r\n'];
const status = 'data: {"code":8,"message":"Quota","details":[]}\r\n\r\n';

async function pass(transform: Transform, chunks: Buffer[]): Promise<string> {
  return (await buffer(Readable.from(chunks).pipe(transform))).toString();
}

describe('createStatusAppender', () => {
  it.each([
    { afterEvents: 0, expected: status },
    { afterEvents: 1, expected: events[0] + status },
    { afterEvents: 2, expected: `${events[0]}${events[1]}${status}` },
    { afterEvents: 9, expected: events.join('') + status },
  ])('appends the status after $afterEvents events', async ({ afterEvents, expected }) => {
    const transform = createStatusAppender({ code: 8, message: 'Quota', afterEvents });
    expect(await pass(transform, [Buffer.from(events.join(''))])).toBe(expected);
  });

  it('does not depend on where chunks are cut', async () => {
    const bytes = Buffer.from(events.join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
        const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
        const transform = createStatusAppender({ code: 8, message: 'Quota', afterEvents: 2 });
        expect(await pass(transform, chunks)).toBe(`${events[0]}${events[1]}${status}`);
      }),
    );
  });
});

describe('createStall', () => {
  it('passes exactly the given bytes and does not end', () => {
    const stall = createStall(5);
    let text = '';
    let hasEnded = false;
    stall.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    stall.on('end', () => {
      hasEnded = true;
    });
    stall.write('abc');
    stall.write('defg');
    stall.end('h');
    stall.read();
    expect(text).toBe('abcde');
    expect(hasEnded).toBe(false);
  });
});

describe('createBreak', () => {
  it.each([
    ['more than', 'abcdefgh', 'abcde', true],
    ['exactly', 'abcde', 'abcde', false],
    ['less than', 'abc', 'abc', false],
  ])('of an answer of %s its bytes', async (_, sent, passed, isBroken) => {
    let text = '';
    const read = async () => {
      for await (const chunk of Readable.from([Buffer.from(sent)]).pipe(createBreak(5))) text += chunk;
    };
    const broken = await read().then(
      () => false,
      () => true,
    );
    expect([text, broken]).toEqual([passed, isBroken]);
  });
});
