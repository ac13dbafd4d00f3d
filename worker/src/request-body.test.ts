import { describe, expect, it } from 'vitest';
import { IncomingBody } from './request-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function createBody() {
  const credit: number[] = [];
  return { credit, body: new IncomingBody((byteCount) => credit.push(byteCount)) };
}

async function read(body: IncomingBody): Promise<string[]> {
  const texts: string[] = [];
  for await (const chunk of body) texts.push(new TextDecoder().decode(chunk));
  return texts;
}

describe('IncomingBody', () => {
  it('gives its pieces in order, those that came before and after the reader', async () => {
    const { body } = createBody();
    body.push(bytes('a'), false);
    const texts = read(body);
    await Promise.resolve();
    body.push(bytes('b'), false);
    body.push(bytes(''), true);
    expect(await texts).toEqual(['a', 'b']);
  });

  it('gives credit back when the next piece is asked for, not when one arrives', async () => {
    const { body, credit } = createBody();
    body.push(bytes('abc'), false);
    body.push(bytes('de'), false);
    expect(credit).toEqual([]);
    await body.next();
    expect(credit).toEqual([]);
    await body.next();
    expect(credit).toEqual([3]);
    const end = body.next();
    body.push(bytes(''), true);
    expect(await end).toEqual({ done: true, value: undefined });
    expect(credit).toEqual([3, 2]);
  });

  it('can be taken whole once it is complete, and only before it was read', async () => {
    const { body, credit } = createBody();
    body.push(bytes('ab'), false);
    expect(body.takeIfComplete()).toBeUndefined();
    body.push(bytes('c'), true);
    expect(body.takeIfComplete()).toEqual([bytes('ab'), bytes('c')]);
    expect(credit).toEqual([3]);
    expect(body.takeIfComplete()).toBeUndefined();
    expect(await read(body)).toEqual([]);
  });

  it('fails the reader with the error of the stream', async () => {
    const { body } = createBody();
    body.push(bytes('a'), false);
    const texts = read(body);
    body.fail(new Error('cancelled'));
    await expect(texts).rejects.toThrow('cancelled');
  });

  it('gives all credit back when it is discarded, also for what comes later', async () => {
    const { body, credit } = createBody();
    body.push(bytes('abc'), false);
    await body.next();
    body.push(bytes('de'), false);
    body.discard();
    body.push(bytes('f'), false);
    expect(credit).toEqual([5, 1]);
    expect(await read(body)).toEqual([]);
  });
});
