import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RequestLog } from '../requests/request-log.ts';
import { HttpExchange } from './http-exchange.ts';

describe('HttpExchange', () => {
  it('lets a body come that was told to pause before it began', async () => {
    const request = new IncomingMessage(new Socket());
    const log = new RequestLog({ metrics: { record: () => {}, recordTokens: () => {} }, elapsed: () => 0, now: () => 0 });
    const exchange = new HttpExchange(request, new ServerResponse(request), log);
    const chunks: Uint8Array[] = [];
    const ignore = () => {};
    exchange.bind({
      onBody: (chunk) => chunks.push(chunk),
      onBodyEnd: ignore,
      onDrain: ignore,
      onBroken: ignore,
      onClosed: ignore,
    });
    exchange.pauseBody();
    exchange.startBody();
    const ended = once(request, 'end');
    request.push('body');
    request.push(null);
    await ended;
    expect(Buffer.concat(chunks).toString()).toBe('body');
  });
});
