import { exampleHandshake, FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { createBrowserSocketExecutor } from './browser-socket.ts';

/** A page's WebSocket, as far as the executor uses it. */
class FakeWebSocket {
  static readonly made: FakeWebSocket[] = [];
  readonly url: string;
  readonly protocols: string[];
  protocol = 'live';
  binaryType = 'blob';
  bufferedAmount = 0;
  readonly sent: unknown[] = [];
  readonly closes: unknown[][] = [];
  onopen = () => {};
  onmessage = (_event: { data: unknown }) => {};
  onclose = (_event: { code: number; reason: string }) => {};

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.made.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(...parameters: unknown[]): void {
    this.closes.push(parameters);
  }
}

function open(path = exampleHandshake.path) {
  const clock = new FakeClock();
  const log: unknown[] = [];
  const execute = createBrowserSocketExecutor({
    WebSocket: () => FakeWebSocket as unknown as typeof WebSocket,
    baseUrl: 'wss://generativelanguage.googleapis.com/',
    clock,
  });
  const socket = execute(
    { ...exampleHandshake, path },
    {
      onOpen: (headers) => log.push(headers),
      onRefused: () => {},
      onMessage: (message, isText) => log.push([...message, isText]),
      onClose: (code, reason) => log.push([code, reason]),
    },
  );
  const page = FakeWebSocket.made.at(-1);
  if (page === undefined) throw new Error('no socket was made');
  return { socket, page, clock, log };
}

describe("a page's socket", () => {
  it('goes to the service without credentials, and offers the subprotocols of the client', () => {
    const { page } = open(`${exampleHandshake.path}?key=k&alt=x&access_token=auth_tokens/t`);
    expect(page.url).toBe(`wss://generativelanguage.googleapis.com${exampleHandshake.path}?alt=x`);
    expect([page.protocols, page.binaryType]).toEqual([['live'], 'arraybuffer']);
  });

  it('tells text from bytes in both directions', () => {
    const { page, socket, log } = open();
    page.onopen();
    page.onmessage({ data: 'é' });
    page.onmessage({ data: Uint8Array.of(1).buffer });
    page.onclose({ code: 1007, reason: 'bad' });
    expect(log).toEqual([[['sec-websocket-protocol', 'live']], [195, 169, true], [1, false], [1007, 'bad']]);
    socket.send(Uint8Array.of(0xef, 0xbb, 0xbf, 65), true, () => {});
    socket.send(Uint8Array.of(2), false, () => {});
    expect(page.sent).toEqual(['\uFEFFA', Uint8Array.of(2)]);
  });

  it('counts a message as sent once the socket holds little enough', () => {
    const { page, socket, clock } = open();
    let sent = 0;
    page.bufferedAmount = 300_000;
    socket.send(Uint8Array.of(1), false, () => sent++);
    socket.send(Uint8Array.of(2), false, () => sent++);
    clock.advance(50);
    expect([sent, clock.timers]).toEqual([0, 1]);
    page.bufferedAmount = 1000;
    clock.advance(50);
    expect([sent, clock.timers]).toEqual([2, 0]);
  });

  it.each([
    { code: 1000, said: [1000, 'r'] },
    { code: 4999, said: [4999, 'r'] },
    { code: 1001, said: [1000, 'r'] },
    { code: 1011, said: [1000, 'r'] },
    { code: 1005, said: [] },
  ])('closes with what a page may say for $code', ({ code, said }) => {
    const { page, socket } = open();
    socket.close(code, 'r');
    expect(page.closes).toEqual([said]);
  });
});
