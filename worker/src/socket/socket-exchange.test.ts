import { exampleHandshake, RecordedSocket } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { createHarness, turns } from '../../testing/harness.ts';
import { defaultDeadlines } from '../deadlines.ts';
import type { ExecuteSocket, UpstreamSocket, UpstreamSocketEvents } from './upstream-socket.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** A socket that does what the test says, and writes down what it was told. */
class FakeSocket implements UpstreamSocket {
  readonly log: string[] = [];
  readonly unsent: (() => void)[] = [];
  readonly events: UpstreamSocketEvents;

  constructor(events: UpstreamSocketEvents) {
    this.events = events;
  }

  send(message: Uint8Array, isText: boolean, onSent: () => void): void {
    this.log.push(`${isText ? 'text' : 'bytes'} ${Buffer.from(message).toString()}`);
    this.unsent.push(onSent);
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }

  close(code: number, reason: string): void {
    this.log.push(`close ${code} ${reason}`);
  }

  terminate(): void {
    this.log.push('terminate');
  }
}

async function startSocket({
  isOpen = true,
  slots = 4,
  executeSocket,
}: {
  isOpen?: boolean;
  slots?: number;
  executeSocket?: ExecuteSocket;
} = {}) {
  const sockets: FakeSocket[] = [];
  const harness = createHarness({
    slots,
    executeSocket:
      executeSocket ??
      ((_request, events) => {
        const socket = new FakeSocket(events);
        sockets.push(socket);
        return socket;
      }),
  });
  await harness.start();
  const { worker, gateway } = harness;
  const baseline = worker.debugState();
  const answer = new RecordedSocket();
  const stream = gateway.session.openSocket(exampleHandshake, answer);
  await turns();
  const socket = sockets.at(-1) ?? new FakeSocket({ onOpen() {}, onRefused() {}, onMessage() {}, onClose() {} });
  if (isOpen) socket.events.onOpen([['sec-websocket-protocol', 'live']]);
  await turns();
  return { ...harness, gateway, worker, baseline, sockets, socket, stream, answer };
}

describe('a WebSocket that the worker carries', () => {
  it('is announced by the capability live, opened, and shown as in flight', async () => {
    const { gateway, answer, worker } = await startSocket();
    expect(gateway.hello?.capabilities).toContain('live');
    expect(answer.head).toEqual({ status: 101, headers: [['sec-websocket-protocol', 'live']] });
    expect(worker.snapshot.inFlight).toMatchObject([{ operation: 'live.bidiGenerateContent' }]);
  });

  it('brings messages both ways with their kind, and gives credit once they are sent', async () => {
    const { socket, stream, answer, worker } = await startSocket();
    stream.send(bytes('up'), true);
    stream.send(bytes('loads'), false);
    socket.events.onMessage(bytes('down'), true);
    socket.events.onMessage(bytes('x'), false);
    await turns();
    expect(socket.log).toEqual(['text up', 'bytes loads']);
    expect(answer.messages).toEqual(['down', [120]]);
    for (const onSent of socket.unsent) onSent();
    expect(worker.snapshot).toMatchObject({ bytesReceived: 7, bytesSent: 5 });
  });

  it('is over when both sides have closed, whoever was first', async () => {
    const byGateway = await startSocket();
    byGateway.stream.close(4000, 'bye');
    await turns();
    expect(byGateway.socket.log).toEqual(['close 4000 bye']);
    byGateway.socket.events.onClose(4000, 'bye');
    await turns();
    expect(byGateway.answer.closes).toEqual(['4000 bye']);

    const byUpstream = await startSocket();
    byUpstream.socket.events.onClose(1011, 'broken');
    await turns();
    expect(byUpstream.answer.closes).toEqual(['1011 broken']);
    byUpstream.stream.close(1011, 'broken');
    await turns();
    for (const { worker, baseline } of [byGateway, byUpstream]) {
      expect(worker.snapshot).toMatchObject({ served: 1, failed: 0, inFlight: [] });
      expect(worker.debugState()).toEqual(baseline);
    }
  });

  it('is cut when the gateway resets it', async () => {
    const { socket, stream, worker, baseline, gateway } = await startSocket();
    gateway.session.destroy({ closeCode: 1001, message: 'stopping' } as never);
    await turns();
    expect(stream.closed).toBe(true);
    expect(socket.log).toEqual(['terminate']);
    expect(worker.debugState().streams).toBe(baseline.streams);
  });

  it('passes a refusal on as an answer', async () => {
    const { socket, answer, worker, baseline } = await startSocket({ isOpen: false });
    socket.events.onRefused({ status: 429, headers: [['x-a', 'b']], body: bytes('slow down') });
    await turns();
    expect([answer.head, answer.bytes, answer.isEnded]).toEqual([
      { status: 429, headers: [['x-a', 'b']] },
      [...bytes('slow down')],
      true,
    ]);
    expect(worker.snapshot).toMatchObject({ served: 1, inFlight: [] });
    expect(worker.debugState()).toEqual(baseline);
  });

  it.each([
    { note: 'closes before it is open', act: (events: UpstreamSocketEvents) => events.onClose(1006, 'no way') },
    { note: 'answers with a head that is none', act: (events: UpstreamSocketEvents) => events.onOpen([['x', 'a\r\nb']]) },
    {
      note: 'refuses with a head that is none',
      act: (events: UpstreamSocketEvents) => events.onRefused({ status: 999, headers: [], body: bytes('') }),
    },
  ])('fails as unreachable when the upstream $note', async ({ act }) => {
    const { socket, answer, worker, baseline } = await startSocket({ isOpen: false });
    act(socket.events);
    await turns();
    expect(answer.error).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', sentUpstream: true });
    expect(worker.snapshot.failed).toBe(1);
    expect(worker.debugState()).toEqual(baseline);
  });

  it('fails when the constructor throws', async () => {
    const { answer } = await startSocket({
      isOpen: false,
      executeSocket: () => {
        throw new Error('not allowed');
      },
    });
    expect(answer.error).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', sentUpstream: false });
    expect(answer.error?.message).toContain('not allowed');
  });

  it('fails when it does not open in time', async () => {
    const { pass, answer, socket, worker, baseline } = await startSocket({ isOpen: false });
    await pass(defaultDeadlines.socketOpenMs);
    expect(answer.error?.code).toBe('FIRST_BYTE_TIMEOUT');
    expect(socket.log).toEqual(['terminate']);
    expect(worker.debugState()).toEqual(baseline);
  });

  it('fails when the second side does not close in time', async () => {
    const { pass, answer, socket, stream } = await startSocket();
    stream.close(1000, '');
    await turns();
    await pass(defaultDeadlines.socketCloseMs);
    expect(answer.error?.code).toBe('UPSTREAM_CUT');
    expect(socket.log).toEqual(['close 1000 ', 'terminate']);
  });

  it('pauses its upstream while the client does not read, and fails clearly when that does not help', async () => {
    const { answer, socket, stream } = await startSocket();
    // With their ends these four use up the window.
    for (let count = 0; count < 4; count++) socket.events.onMessage(new Uint8Array(65_504), false);
    await turns();
    expect(socket.log).toEqual(['pause']);
    stream.taken();
    await turns();
    expect(socket.log).toEqual(['pause', 'resume']);
    for (let count = 0; count < 12; count++) socket.events.onMessage(new Uint8Array(1024 * 1024), false);
    await turns();
    expect(answer.error?.code).toBe('UPSTREAM_CUT');
    expect(answer.error?.message).toContain('reads too slowly');
  });

  it('fails when the upstream sends more than a message may hold', async () => {
    const { answer, socket } = await startSocket();
    socket.events.onMessage(new Uint8Array(16 * 1024 * 1024 + 1), false);
    await turns();
    expect(answer.error).toMatchObject({ code: 'UPSTREAM_CUT', message: expect.stringContaining('the limit is') });
  });

  it('counts as a slot', async () => {
    const { gateway } = await startSocket({ slots: 1 });
    const second = new RecordedSocket();
    gateway.session.openSocket(exampleHandshake, second);
    await turns();
    expect(second.error).toMatchObject({ code: 'REFUSED', sentUpstream: false });
  });
});
