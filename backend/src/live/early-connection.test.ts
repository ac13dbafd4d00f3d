import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import type { ClientSocket, ClientSocketEvents } from '../orchestrator/client-socket.ts';
import { EarlyConnection } from './early-connection.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

class FakeClient implements ClientSocket {
  readonly path = '/ws/x';
  readonly headers = [];
  readonly operation = 'live.bidiGenerateContent';
  readonly log: string[] = [];
  events: ClientSocketEvents | undefined;

  bind(events: ClientSocketEvents): void {
    this.events = events;
  }
  accept({ status }: { status: number }): void {
    this.log.push(`accept ${status}`);
  }
  refuse(): void {
    this.log.push('refuse');
  }
  fail({ reason }: GatewayError): void {
    this.log.push(`fail ${reason}`);
  }
  send(message: Uint8Array): void {
    this.log.push(`send ${Buffer.from(message)}`);
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

function begin() {
  const client = new FakeClient();
  const early = new EarlyConnection(client, async (message) => `owner of ${Buffer.from(message)}`);
  const heard: string[] = [];
  early.bind({
    onClientMessage: (message, isText) => heard.push(`${isText ? 'text' : 'bytes'} ${Buffer.from(message)}`),
    onClientClosed: (code) => heard.push(`closed ${code}`),
  });
  return { client, early, heard };
}

describe('an early connection', () => {
  it('is open at once, and what comes waits for the upstream, in order', async () => {
    const { client, early, heard } = begin();
    expect(client.log).toEqual(['accept 101']);
    client.events?.onClientMessage(bytes('setup'), true);
    client.events?.onClientMessage(bytes('more'), false);
    expect(await early.account).toBe('owner of setup');
    expect([client.log.slice(1), heard]).toEqual([['pause', 'pause'], []]);
    early.accept();
    client.events?.onClientMessage(bytes('last'), true);
    expect([client.log.at(-1), heard]).toEqual(['resume', ['text setup', 'bytes more', 'text last']]);
  });

  it('tells of a client that leaves before it says anything', () => {
    const { client, heard } = begin();
    client.events?.onClientClosed(1001, '');
    expect(heard).toEqual(['closed 1001']);
  });

  it.each([
    { status: 403, body: '{"error": {"code": 403, "message": "no \\"key\\""}}', log: 'close 1008 no "key"' },
    { status: 404, body: '<html>', log: 'close 1008 The Gemini API answered 404.' },
    { status: 503, body: '', log: 'close 1011 The Gemini API answered 503.' },
  ])('turns a refusal with $status into a close', ({ status, body, log }) => {
    const { client, early } = begin();
    early.refuse({ status, headers: [] }, bytes(body));
    expect(client.log.at(-1)).toBe(log);
  });

  it('passes everything else on', () => {
    const { client, early } = begin();
    early.fail(new GatewayError('WORKER_LOST', 'lost'));
    early.send(bytes('x'), true, () => {});
    early.close(1000, 'done');
    early.terminate();
    expect(client.log.slice(1)).toEqual(['fail WORKER_LOST', 'send x', 'close 1000 done', 'terminate']);
  });
});
