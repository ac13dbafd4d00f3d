import { once } from 'node:events';
import { createGeminiEmulator } from '@gemini-proxy/emulator/gemini';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type AccountsStack, createFile, emulatorAccounts, startAccountsStack } from './accounts-stack.ts';
import { expectBaseline } from './baseline.ts';
import { clientKey } from './start-gateway.ts';

const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const model = 'models/gemini-2.5-flash-live';

/** Opens a session whose setup names a file, and says something; resolves with the text of the answer, or how it was closed. */
async function converse(url: string, setup: object): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}?key=${clientKey}`);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  socket.on('error', reject);
  socket.on('close', (code, reason) => resolve(`${code} ${reason}`));
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString());
    if (message.setupComplete !== undefined) {
      socket.send(JSON.stringify({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'hi' }] }], turnComplete: true } }));
    }
    for (const part of message.serverContent?.modelTurn?.parts ?? []) text += part.text ?? '';
    if (message.serverContent?.turnComplete === true) resolve(text);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ setup: { model, ...setup } }));
  try {
    return await promise;
  } finally {
    socket.terminate();
  }
}

function withFile(name: string) {
  const uri = `https://generativelanguage.googleapis.com/v1beta/${name}`;
  return { systemInstruction: { parts: [{ fileData: { fileUri: uri, mimeType: 'text/plain' } }] } };
}

describe('a live session whose setup names a file', () => {
  async function start(run: (stack: AccountsStack, upstreamUrl: string) => Promise<void>) {
    await using emulator = createGeminiEmulator({ accounts: emulatorAccounts });
    await emulator.listen();
    await using stack = await startAccountsStack(emulator.url);
    await run(stack, emulator.url);
    await expectBaseline(stack.gateway);
  }

  it('goes to the owner, whoever that is', () =>
    start(async (stack, upstreamUrl) => {
      for (const owner of ['anna', 'berta', 'carla'] as const) {
        const file = await createFile(upstreamUrl, owner);
        // Known by a look-up the first time, by the store the second.
        for (let time = 0; time < 2; time += 1) expect(await converse(stack.url, withFile(file))).not.toMatch(/^\d{4} /);
      }
      expect(await converse(stack.url, {})).not.toMatch(/^\d{4} /);
    }));

  it('is closed with the reason where the owner is offline, or there are two', () =>
    start(async (stack, upstreamUrl) => {
      const [ofAnna, ofBerta] = [await createFile(upstreamUrl, 'anna'), await createFile(upstreamUrl, 'berta')];
      const both = { ...withFile(ofAnna), tools: [{ fileSearch: { x: [ofBerta] } }] };
      expect(await converse(stack.url, both)).toMatch(/^1011 MIXED_RESOURCE_OWNERS: /);
      await stack.disconnect('berta');
      expect(await converse(stack.url, withFile(ofBerta))).toMatch(/^1011 RESOURCE_OWNER_OFFLINE: /);
      await stack.connect('berta');
      expect(await converse(stack.url, withFile(ofBerta))).not.toMatch(/^\d{4} /);
    }));
});
