import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Stack, startStack, waitUntil } from '@gemini-proxy/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Target } from './clients/client.ts';
import { type Conversation, converse, liveSdks, numbered } from './clients/live.ts';

/** The emulator's own key: clients that call it directly show what the service by itself answers. */
const emulatorKey = 'emulator-key';
const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const sessionCount = 50;
const turnCount = 8;

let stack: Stack;
let gateway: Target;

beforeAll(async () => {
  stack = await startStack({ unattendedBrowser: {} });
  gateway = { baseUrl: stack.baseUrl, apiKey: stack.clientKey };
});
afterEach(() => stack.settled());
afterAll(() => stack[Symbol.asyncDispose]());

describe.each(liveSdks)("the Live client of $name through Chromium and the hook's socket", ({ sdk }) => {
  it('gets what the service itself sends', async () => {
    const talk = async (target: Target) => {
      const conversation = await converse(sdk, target);
      const first = await conversation.say('Hello, 你好 and 🙂.');
      for (const size of [1, 1000, 100_000]) conversation.hear(Buffer.alloc(size, size));
      const second = await conversation.endSound();
      conversation.close();
      return { first, second, messages: conversation.messages.length, closed: await conversation.closed };
    };
    const answers = await talk(gateway);
    expect(answers.first).toContain('你好 and 🙂');
    expect(answers.second).toContain('3 chunks, 101001 bytes');
    expect(answers).toEqual(await talk({ baseUrl: stack.emulator.url, apiKey: emulatorKey }));
  });

  it(`holds ${sessionCount} sessions at once, nothing lost or reordered`, async () => {
    const conversations = await Promise.all(Array.from({ length: sessionCount }, () => converse(sdk, gateway)));
    expect(stack.emulator.debugState().openLiveSessions).toBe(sessionCount);
    try {
      await Promise.all(conversations.map((conversation, index) => talkInTurns(conversation, index)));
    } finally {
      for (const conversation of conversations) conversation.close();
      await Promise.all(conversations.map(({ closed }) => closed));
    }
  });
});

/** Numbered turns, and sound between them. */
async function talkInTurns(conversation: Conversation, session: number): Promise<void> {
  for (let turn = 0; turn < turnCount; turn++) {
    // Short enough for the emulator to say all of it back.
    const said = numbered(session, turn, randomBytes((session * turn) % 40).toString('base64'));
    expect(await conversation.say(said)).toContain(said);
    const sizes = [3, 640, 32_000];
    for (const size of sizes) conversation.hear(randomBytes(size));
    expect(await conversation.endSound()).toContain(`${sizes.length} chunks, ${32_643} bytes`);
  }
}

describe("sockets through Chromium and the hook's socket", () => {
  it(`carry text and binary messages of ${sessionCount} sessions in order`, async () => {
    const clients = await Promise.all(Array.from({ length: sessionCount }, () => connect()));
    for (const [session, { socket }] of clients.entries()) {
      for (let turn = 0; turn < turnCount; turn++) {
        const content = {
          clientContent: { turns: [{ parts: [{ text: `session ${session} turn ${turn}.` }] }], turnComplete: true },
        };
        socket.send(Buffer.from(JSON.stringify(content)), { binary: turn % 2 === 1 });
      }
    }
    for (const [session, client] of clients.entries()) {
      await waitUntil(() => client.turns.length === turnCount, { what: `all answers of session ${session}` });
      for (const [turn, text] of client.turns.entries()) expect(text).toContain(`session ${session} turn ${turn}.`);
      expect(client.isBinary).toEqual(new Set([true]));
      client.socket.close(1000);
    }
    await Promise.all(clients.map(({ closed }) => closed));
  });

  it.each([
    { code: 1000, reason: 'done' },
    { code: 4321, reason: 'ö'.repeat(61) },
    { code: 1005, reason: '' },
  ])('are closed at the service as the client closed: $code', async ({ code, reason }) => {
    const { socket, closed } = await connect();
    if (code === 1005) socket.close();
    else socket.close(code, reason);
    expect(await closed).toEqual({ code, reason });
  });

  it('are closed at the client as the service closed', async () => {
    const { socket, closed } = await connect();
    socket.send('{"setup":{}}');
    const direct = await connect({ baseUrl: stack.emulator.url, apiKey: emulatorKey });
    direct.socket.send('{"setup":{}}');
    expect(await closed).toEqual(await direct.closed);
    expect((await closed).code).toBe(1007);
  });

  it('break at the service when the client is gone', async () => {
    const { socket } = await connect();
    expect(stack.emulator.debugState().openLiveSessions).toBe(1);
    socket.terminate();
    await waitUntil(() => stack.emulator.debugState().openLiveSessions === 0, { what: 'the service to see the end' });
  });
});

/** A socket whose setup is complete, and the texts of its answers. */
async function connect({ baseUrl, apiKey }: Target = gateway) {
  const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}${path}?key=${apiKey}`, { perMessageDeflate: false });
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: Number(code), reason: String(reason) }));
  const turns: string[] = [];
  const isBinary = new Set<boolean>();
  let text = '';
  socket.on('message', (data: Buffer, binary) => {
    isBinary.add(binary);
    const { serverContent } = JSON.parse(data.toString()) as {
      serverContent?: { modelTurn?: { parts: { text?: string }[] }; turnComplete?: boolean };
    };
    for (const part of serverContent?.modelTurn?.parts ?? []) text += part.text ?? '';
    if (serverContent?.turnComplete !== true) return;
    turns.push(text);
    text = '';
  });
  await once(socket, 'open');
  const setUp = once(socket, 'message');
  socket.send('{"setup":{"model":"models/gemini-2.5-flash-live"}}');
  await setUp;
  return { socket, closed, turns, isBinary };
}
