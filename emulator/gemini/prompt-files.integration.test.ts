import { describe, expect, it } from 'vitest';
import type { GeminiEmulator } from './gemini-emulator.ts';
import { createHeldClock, FLASH, KEY, startEmulator } from './testing.ts';

const ACCOUNTS = [{ name: 'bob', apiKeys: ['bob'] }];

async function upload(emulator: GeminiEmulator, type: string, bytes: number): Promise<{ name: string; uri: string }> {
  const init = { method: 'POST', headers: { ...KEY, 'content-type': type }, body: 'x'.repeat(bytes) };
  const answer = await fetch(`${emulator.url}/upload/v1beta/files?uploadType=media`, init);
  return JSON.parse(await answer.text()).file;
}

async function ask(emulator: GeminiEmulator, fileUri: string, key = 'emulator-key', method = 'generateContent') {
  const body = JSON.stringify({ contents: [{ parts: [{ text: 'What is it?' }, { file_data: { file_uri: fileUri } }] }] });
  const answer = await fetch(`${emulator.url}${FLASH}:${method}?key=${key}`, { method: 'POST', body });
  return JSON.parse(await answer.text());
}

describe('a file in a prompt', () => {
  it('is named in the answer and counted', async () => {
    await using emulator = await startEmulator();
    const { name, uri } = await upload(emulator, 'text/plain', 400);
    const answer = await ask(emulator, uri);
    expect(answer.candidates[0].content.parts[0].text).toContain(`Attached: ${name}, text/plain, 400 bytes`);
    expect(answer.usageMetadata.promptTokenCount).toBe(103);
    const image = await upload(emulator, 'image/png', 10);
    expect(await ask(emulator, image.uri, 'emulator-key', 'countTokens')).toEqual({
      totalTokens: 261,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 3 },
        { modality: 'IMAGE', tokenCount: 258 },
      ],
    });
  });

  it('must be the caller’s own, and active', async () => {
    const clock = createHeldClock();
    await using emulator = await startEmulator({ apiKeys: ['emulator-key'], accounts: ACCOUNTS, clock });
    const { name, uri } = await upload(emulator, 'video/mp4', 10);
    const id = name.slice('files/'.length);
    expect((await ask(emulator, uri)).error).toEqual({
      code: 400,
      message: `The File ${id} is not in an ACTIVE state and usage is not allowed.`,
      status: 'FAILED_PRECONDITION',
    });
    clock.advance(1000);
    expect((await ask(emulator, uri)).candidates).toHaveLength(1);
    expect((await ask(emulator, uri, 'bob')).error).toEqual({
      code: 403,
      message: `You do not have permission to access the File ${id} or it may not exist.`,
      status: 'PERMISSION_DENIED',
    });
    expect((await ask(emulator, 'gs://bucket/object')).error.message).toBe('Unsupported file uri: gs://bucket/object');
    expect((await ask(emulator, 'https://www.youtube.com/watch?v=1')).candidates).toHaveLength(1);
  });
});
