import type { TransportEvents } from '@gemini-proxy/protocol';
import { describe, expect, it, vi } from 'vitest';
import { bridgeProof } from './bridge-proof.ts';
import { type BridgeState, BridgeWindow } from './bridge-window.ts';

const bridgeOrigin = 'http://127.0.0.1:8787';
const pageOrigin = 'https://preview.example';
const challenge = 'c'.repeat(32);
const token = 'gp-worker-test';

interface Posted {
  readonly message: Readonly<Record<string, unknown>>;
  readonly targetOrigin: string;
  readonly port: MessagePort;
}

class RecordingEvents implements TransportEvents {
  readonly heard: string[] = [];

  onOpen(): void {
    this.heard.push('open');
  }

  onMessage(message: Uint8Array): void {
    this.heard.push(`message ${new TextDecoder().decode(message)}`);
  }

  onClose(code: number, reason: string): void {
    this.heard.push(`close ${code} ${reason}`);
  }
}

/** A page with a window that does what the test says. */
function openBridge() {
  const posted: Posted[] = [];
  const states: BridgeState[] = [];
  const refusals: string[] = [];
  let listener: ((event: MessageEvent<unknown>) => void) | undefined;
  let look = () => {};
  const opened = {
    closed: false,
    postMessage: (message: Posted['message'], targetOrigin: string, [port]: [MessagePort]) =>
      void posted.push({ message, targetOrigin, port }),
    close: () => {
      opened.closed = true;
    },
    focus: () => {},
  };
  const bridge = BridgeWindow.open({
    url: `${bridgeOrigin}/bridge`,
    onState: (state) => states.push(state),
    onRefused: (reason) => refusals.push(reason),
    page: {
      origin: pageOrigin,
      crypto,
      MessageChannel,
      open: () => opened as unknown as Window,
      listen: (heard) => {
        listener = heard;
        return () => {
          listener = undefined;
        };
      },
      setInterval: (callback) => {
        look = callback;
        return 1;
      },
      clearInterval: () => {
        look = () => {};
      },
    },
  });
  if (bridge === undefined) throw new Error('no window');
  const say = (data: object, from: { source?: unknown; origin?: string } = {}) =>
    listener?.({ data, source: opened, origin: bridgeOrigin, ...from } as MessageEvent<unknown>);
  const ready = { name: 'gemini-proxy-bridge', version: 1, kind: 'ready', challenge };
  return { bridge, opened, posted, states, refusals, say, ready, lookAgain: () => look() };
}

/** Connects, and gives the window's end of the port. */
async function connect(page: ReturnType<typeof openBridge>) {
  const events = new RecordingEvents();
  const transport = page.bridge.connectThrough(token)(events);
  page.say(page.ready);
  await vi.waitFor(() => expect(page.posted).toHaveLength(1));
  const { message, targetOrigin, port } = page.posted[0] as Posted;
  const received: unknown[] = [];
  port.onmessage = ({ data }) => received.push(data);
  const gatewayProof = await bridgeProof(crypto.subtle, token, {
    by: 'gateway',
    challenge: String(message.nonce),
    origin: bridgeOrigin,
  });
  return { events, transport, message, targetOrigin, port, received, gatewayProof };
}

describe('BridgeWindow', () => {
  it('proves the token to the window, to its origin only, and opens when the gateway has proved it in turn', async () => {
    const page = openBridge();
    const { events, message, targetOrigin, port, gatewayProof } = await connect(page);
    expect(targetOrigin).toBe(bridgeOrigin);
    expect(message.proof).toBe(await bridgeProof(crypto.subtle, token, { by: 'page', challenge, origin: pageOrigin }));
    expect(JSON.stringify(message)).not.toContain(token);
    expect(events.heard).toEqual([]);
    port.postMessage({ kind: 'open', proof: gatewayProof });
    await vi.waitFor(() => expect(events.heard).toEqual(['open']));
    port.close();
    page.bridge.close();
  });

  it('sends nothing to who does not know the token', async () => {
    const page = openBridge();
    const { events, transport, port, received, message } = await connect(page);
    port.postMessage({ kind: 'open', proof: message.proof });
    await vi.waitFor(() => expect(events.heard).toEqual(['close 4401 ']));
    expect(page.refusals).toEqual(['token']);
    transport.send(new TextEncoder().encode('secret'));
    await vi.waitFor(() => expect(received).toEqual([{ kind: 'close', code: 1000, reason: '' }]));
    page.bridge.close();
  });

  it('hears nobody but the window that it opened, at the origin that it opened', async () => {
    const page = openBridge();
    page.bridge.connectThrough(token)(new RecordingEvents());
    page.say(page.ready, { origin: 'https://evil.example' });
    page.say(page.ready, { source: {} });
    page.say({ ...page.ready, version: 2 });
    expect(page.bridge.state).toBe('opening');
    page.say(page.ready);
    expect(page.states).toEqual(['open']);
    page.bridge.close();
  });

  it('passes messages both ways, keeps what it sent, and tells what has not left the window', async () => {
    const page = openBridge();
    const { events, transport, port, received, gatewayProof } = await connect(page);
    port.postMessage({ kind: 'open', proof: gatewayProof });
    await vi.waitFor(() => expect(events.heard).toEqual(['open']));
    const message = new TextEncoder().encode('up');
    transport.send(message);
    expect(new TextDecoder().decode(message)).toBe('up');
    expect(transport.bufferedAmount).toBe(2);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(new TextDecoder().decode(received[0] as ArrayBuffer)).toBe('up');
    port.postMessage({ kind: 'taken', bytes: 2 });
    const { buffer } = new TextEncoder().encode('down');
    port.postMessage(buffer, [buffer]);
    await vi.waitFor(() => expect(events.heard).toEqual(['open', 'message down']));
    expect(transport.bufferedAmount).toBe(0);
    port.postMessage({ kind: 'close', code: 1001, reason: 'stopping' });
    await vi.waitFor(() => expect(events.heard.at(-1)).toBe('close 1001 stopping'));
    page.bridge.close();
  });

  it('ends its connections when the window is closed or loaded anew, and takes new ones from the latter', async () => {
    const page = openBridge();
    const first = await connect(page);
    page.say({ ...page.ready, challenge: 'd'.repeat(32) });
    expect(first.events.heard).toEqual(['close 1000 The bridge window was reloaded.']);
    const second = new RecordingEvents();
    page.bridge.connectThrough(token)(second);
    await vi.waitFor(() => expect(page.posted).toHaveLength(2));
    page.opened.closed = true;
    page.lookAgain();
    expect(second.heard).toEqual(['close 1000 The bridge window is closed.']);
    expect(page.bridge.state).toBe('closed');
    const third = new RecordingEvents();
    page.bridge.connectThrough(token)(third);
    await vi.waitFor(() => expect(third.heard).toEqual(['close 1000 The bridge window is closed.']));
  });

  it.each(['origin', 'unreachable'] as const)('tells that it was refused for %s', async (reason) => {
    const page = openBridge();
    const { events, port } = await connect(page);
    port.postMessage({ kind: 'refused', reason });
    await vi.waitFor(() => expect(events.heard).toEqual(['close 1006 ']));
    expect(page.refusals).toEqual([reason]);
    page.bridge.close();
  });
});
