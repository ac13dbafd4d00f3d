import type { TransportEvents } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { observeCloses } from './observe-closes.ts';

const transport = { send: () => undefined, close: () => undefined, bufferedAmount: 0 };

describe('observeCloses', () => {
  it('remembers the last close code and whether the socket had opened, and passes all events on', () => {
    const inner: TransportEvents[] = [];
    const seen: string[] = [];
    const observed = observeCloses((events) => {
      inner.push(events);
      return transport;
    });
    const connect = () =>
      observed.connect({
        onOpen: () => seen.push('open'),
        onMessage: (message) => seen.push(`message ${message.length}`),
        onClose: (code, reason) => seen.push(`close ${code} ${reason}`),
      });

    expect(observed.lastClose).toBeUndefined();
    expect(connect()).toBe(transport);
    inner[0]?.onClose(1006, 'refused');
    expect(observed.lastClose).toEqual({ code: 1006, wasOpen: false });
    connect();
    inner[1]?.onOpen();
    inner[1]?.onMessage(new Uint8Array(3));
    inner[1]?.onClose(4401, 'token');
    expect(observed.lastClose).toEqual({ code: 4401, wasOpen: true });
    expect(seen).toEqual(['close 1006 refused', 'open', 'message 3', 'close 4401 token']);
  });
});
