import { tmpdir } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { Events } from '../events.ts';
import type { ClientExchange } from '../orchestrator/client-exchange.ts';
import { FakeClient } from '../orchestrator/testing.ts';
import { maxValidatedBytes, Validation } from './validation.ts';

const generate = 'POST /v1beta/models/m:generateContent';

function setUp(mode: 'warn' | 'reject') {
  const lines: string[] = [];
  const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const events = new Events({ debug: write, info: write, warn: write, error: write });
  const passed: ClientExchange[] = [];
  const refused: GatewayError[] = [];
  const validation = new Validation({
    mode,
    events,
    clock: new FakeClock(),
    maxBodyBytes: 10 * maxValidatedBytes,
    requestTimeoutMs: 1000,
    folder: tmpdir(),
    next: { handle: (client) => passed.push(client) },
    refuse: (_client, error) => refused.push(error),
  });
  const send = async (body: string, line = generate) => {
    const client = new FakeClient('unknown', line);
    validation.handle(client);
    client.events?.onBody(new TextEncoder().encode(body));
    client.events?.onBodyEnd();
    for (let turns = 0; turns < 5; turns++) await turn();
    return client;
  };
  return { validation, events, lines, passed, refused, send };
}

describe('Validation', () => {
  it.each([
    ['an operation without a schema', new FakeClient('unknown', 'POST /v1beta/interactions')],
    ['a request without a body', new FakeClient(0, generate)],
  ])('does not look at %s', (_note, client) => {
    const { validation, passed, events } = setUp('reject');
    validation.handle(client);
    expect(passed).toEqual([client]);
    expect(events.counters.requestsUnchecked).toBe(0);
  });

  it('does not even read a body that is too large', () => {
    const { validation, passed, events } = setUp('reject');
    const client = new FakeClient(maxValidatedBytes + 1, generate);
    validation.handle(client);
    expect([passed, client.isReading, events.counters.requestsUnchecked]).toEqual([[client], false, 1]);
  });

  it('passes on what fits, and nothing before it is whole', async () => {
    const { validation, passed, send } = setUp('reject');
    const client = new FakeClient('unknown', generate);
    validation.handle(client);
    expect([passed, validation.held, client.isReading]).toEqual([[], 1, true]);
    await send('{"contents": [{"parts": [{"text": "hi"}]}]}');
    expect([passed.length, validation.held]).toEqual([1, 1]);
  });

  it.each([
    ['{"contents": "secret"}', 'contents[0]', "Invalid value at 'contents[0]'"],
    ['{"generationConfig": {"seed": "secret"}, "contents": [{}]}', 'generation_config.seed', '(TYPE_INT32)'],
    ['{"contents": [{"role": ["secret"]}]}', 'contents[0].role', 'cannot start list'],
    ['{"contents": [}, "secret"', undefined, 'Invalid JSON payload received.'],
    ['["secret"]', undefined, 'Root element must be a message.'],
  ])('logs where and why %s does not fit, and quotes nothing', async (body, field, complaint) => {
    for (const mode of ['warn', 'reject'] as const) {
      const { lines, passed, refused, send } = setUp(mode);
      await send(body);
      const line = lines.find((text) => text.startsWith('request-invalid')) ?? '';
      expect(line).toContain(complaint);
      if (field !== undefined) expect(line).toContain(`"field":"${field}"`);
      expect(lines.join()).not.toContain('secret');
      expect(refused.map(({ logMessage }) => logMessage).join()).not.toContain('secret');
      expect([passed.length, refused.length]).toEqual(mode === 'warn' ? [1, 0] : [0, 1]);
    }
  });

  it('does not repeat a huge value, nor endless complaints', async () => {
    const { refused, send } = setUp('reject');
    await send(
      `{"contents": [${Array(1000)
        .fill(`"${'x'.repeat(1000)}"`)
        .join()}]}`,
    );
    expect(refused[0]?.message.length).toBeLessThan(30_000);
  });

  it('lets pass what the check itself cannot bear', async () => {
    const { passed, send } = setUp('reject');
    const depth = 100_000;
    const schema = `${'{"items":'.repeat(depth)}{}${'}'.repeat(depth)}`;
    await send(`{"contents": [{}], "generationConfig": {"responseSchema": ${schema}}}`);
    expect(passed).toHaveLength(1);
  });

  it('fails what is held when the gateway stops', () => {
    const { validation, refused } = setUp('reject');
    validation.handle(new FakeClient('unknown', generate));
    const error = new GatewayError('SHUTTING_DOWN', 'stop');
    validation.destroy(error);
    expect([refused, validation.held]).toEqual([[error], 0]);
  });
});
