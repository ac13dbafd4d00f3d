import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { GeminiEmulator } from '../gemini-emulator.ts';
import { BASELINE, createTestCertificate, KEY, PATIENCE, startEmulator } from '../testing.ts';

const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const SETUP = { setup: { model: 'models/gemini-2.5-flash-live' } };

interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client that keeps all that it gets. */
class LiveClient implements AsyncDisposable {
  readonly messages: Record<string, Record<string, unknown>>[] = [];
  readonly frames: { isBinary: boolean; text: string }[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<Closed>;
  readonly #socket: WebSocket;

  constructor(emulator: GeminiEmulator, path = `${PATH}?key=emulator-key`, headers: Record<string, string> = {}) {
    this.#socket = new WebSocket(`${emulator.url.replace('http', 'ws')}${path}`, { headers, rejectUnauthorized: false });
    this.opened = new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('error', reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.#socket.on('message', (data, isBinary) => {
      this.frames.push({ isBinary, text: String(data) });
      this.messages.push(JSON.parse(String(data)));
    });
  }

  async send(...messages: unknown[]): Promise<this> {
    await this.opened;
    for (const message of messages) this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return this;
  }

  /** Waits for that many turns to be complete. */
  async turns(count: number): Promise<void> {
    await expect
      .poll(() => this.messages.filter(({ serverContent }) => serverContent?.turnComplete).length, PATIENCE)
      .toBe(count);
  }

  text(): string {
    const parts = this.messages.flatMap(({ serverContent }) => Object(serverContent?.modelTurn).parts ?? []);
    return parts.map((part: { text?: string }) => part.text ?? '').join('');
  }

  has(key: string): boolean {
    return this.messages.some(
      (message) => key in message || (message.serverContent !== undefined && key in message.serverContent),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close(1000);
    await this.closed;
  }
}

const say = (text: string) => ({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } });

describe('Live', () => {
  it.each([PATH, `/${PATH}`, PATH.replace('v1beta', 'v1alpha')])('answers text turns on %s in binary frames', async (path) => {
    await using emulator = await startEmulator();
    await using client = new LiveClient(emulator, `${path}?key=emulator-key`);
    await client.send(SETUP, say('hello'));
    await client.turns(1);
    expect(client.frames[0]).toEqual({ isBinary: true, text: '{\n  "setupComplete": {}\n}\n' });
    expect(client.text()).toContain('You said: hello');
    expect(client.has('generationComplete')).toBe(true);
    expect(client.messages.at(-1)).toMatchObject({
      serverContent: { turnComplete: true },
      usageMetadata: { responseTokenCount: expect.any(Number) },
    });
    expect(emulator.debugState()).toEqual({ ...BASELINE, openLiveSessions: 1 });
  });

  it('forgets a session that has ended', async () => {
    await using emulator = await startEmulator({ tls: await createTestCertificate() });
    await using client = new LiveClient(emulator, PATH, KEY);
    await client.send("{'setup': {'model': 'gemini-2.5-flash-live', }}");
    await expect.poll(() => client.has('setupComplete'), PATIENCE).toBe(true);
    await client[Symbol.asyncDispose]();
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it('takes a session header or an ephemeral token in place of a key', async () => {
    await using emulator = await startEmulator({ sessionSecret: 'signed-in' });
    const answer = await fetch(`${emulator.url}/v1alpha/auth_tokens`, { method: 'POST', headers: KEY, body: '{}' });
    const { name } = JSON.parse(await answer.text());
    await using byHeader = new LiveClient(emulator, PATH, { 'x-emulator-session': 'signed-in' });
    await using byToken = new LiveClient(emulator, `${PATH}Constrained?access_token=${name}`);
    for (const client of [byHeader, byToken]) {
      await client.send(SETUP);
      await expect.poll(() => client.has('setupComplete'), PATIENCE).toBe(true);
    }
  });

  it('answers many turns in order', async () => {
    await using emulator = await startEmulator();
    await using client = new LiveClient(emulator);
    const texts = Array.from({ length: 50 }, (_, index) => `text-${index}.`);
    await client.send(SETUP, ...texts.map((text) => ({ realtimeInput: { text } })));
    await client.turns(50);
    const heard = [...client.text().matchAll(/You said: (text-\d+\.)/g)].map(([, text]) => text);
    expect(heard).toEqual(texts);
  });

  it('counts the media that it hears, and speaks where it is asked to', async () => {
    await using emulator = await startEmulator();
    await using client = new LiveClient(emulator);
    const data = Buffer.alloc(1000).toString('base64');
    const generationConfig = { responseModalities: ['AUDIO'] };
    await client.send(
      {
        setup: {
          ...SETUP.setup,
          generationConfig,
          inputAudioTranscription: {},
          outputAudioTranscription: {},
          sessionResumption: {},
        },
      },
      { realtime_input: { media_chunks: [{ mime_type: 'audio/pcm', data }] } },
      { realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } },
      { realtimeInput: { audioStreamEnd: true } },
    );
    await client.turns(1);
    const contents = client.messages.map(({ serverContent }) => serverContent ?? {});
    expect(contents).toContainEqual({ inputTranscription: { text: 'I said 2 chunks, 2000 bytes.' } });
    const spoken = contents.flatMap(({ outputTranscription }) => Object(outputTranscription).text ?? []).join('');
    expect(spoken).toContain('You said: I said 2 chunks, 2000 bytes.');
    const [audio] = contents.flatMap(({ modelTurn }) => Object(modelTurn).parts ?? []);
    expect(audio.inlineData.mimeType).toBe('audio/pcm;rate=24000');
    await expect.poll(() => client.has('sessionResumptionUpdate'), PATIENCE).toBe(true);
  });

  it('calls tools, and takes a call back when the user goes on', async () => {
    await using emulator = await startEmulator();
    await using client = new LiveClient(emulator);
    await client.send({ setup: { ...SETUP.setup, tools: [{ functionDeclarations: [{ name: 'look' }] }] } }, say('look out'));
    const callIds = () => client.messages.flatMap(({ toolCall }) => Object(toolCall?.functionCalls)[0]?.id ?? []);
    await expect.poll(callIds, PATIENCE).toHaveLength(1);
    await client.send(say('look again'));
    await expect.poll(callIds, PATIENCE).toHaveLength(2);
    const [first, id] = callIds();
    expect(client.messages).toContainEqual({ toolCallCancellation: { ids: [first] } });
    await client.send({ toolResponse: { functionResponses: [{ id, name: 'look', response: { result: 'sunny' } }] } });
    await client.turns(1);
    expect(client.text()).toContain('Function look answered: {"result":"sunny"}');
  });

  it('stops talking when it is interrupted', async () => {
    await using emulator = await startEmulator({ defaults: { chunkCount: 1000, chunkIntervalMs: 20 } });
    await using client = new LiveClient(emulator);
    await client.send(SETUP, say('a long story'));
    await expect.poll(() => client.has('modelTurn'), PATIENCE).toBe(true);
    await client.send({ realtimeInput: { activityStart: {} } });
    await client.turns(1);
    expect(client.has('interrupted')).toBe(true);
    expect(client.has('generationComplete')).toBe(false);
  });

  it('says that it goes away before it does', async () => {
    await using emulator = await startEmulator({ live: { goAwayAfterTurns: 1, goAwayTimeLeftMs: 50 } });
    await using client = new LiveClient(emulator);
    await client.send(SETUP, say('bye'));
    expect(await client.closed).toEqual({ code: 1001, reason: 'The session has reached its end.' });
    expect(client.messages.at(-1)).toEqual({ goAway: { timeLeft: '0.05s' } });
  });

  it.each<[string, string, unknown[], number, string]>([
    ['a wrong key', `${PATH}?key=x`, [], 1007, 'API key not valid. Please pass a valid API key.'],
    ['no key', PATH, [], 1008, "Method doesn't allow unregistered callers"],
    ['another first message', `${PATH}?key=emulator-key`, [say('x')], 1007, 'setup must be the first message'],
    ['a second setup', `${PATH}?key=emulator-key`, [SETUP, SETUP], 1007, 'setup may be sent only once.'],
    [
      'an unknown model',
      `${PATH}?key=emulator-key`,
      [{ setup: { model: 'models/x' } }],
      1008,
      'models/x is not found for API version v1beta',
    ],
    ['malformed JSON', `${PATH}?key=emulator-key`, ['{'], 1007, 'Invalid JSON payload received.'],
    ['an unknown message', `${PATH}?key=emulator-key`, [SETUP, { hello: 1 }], 1007, 'Request contains an invalid argument.'],
  ])('closes on %s', async (_, path, messages, code, reason) => {
    await using emulator = await startEmulator();
    await using client = new LiveClient(emulator, path);
    await client.send(...messages);
    const closed = await client.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).toContain(reason);
    expect(Buffer.byteLength(closed.reason)).toBeLessThanOrEqual(123);
  });

  it('breaks off and refuses where a fault is asked for', async () => {
    await using emulator = await startEmulator({
      behaviour: ({ path }) => ({
        fault: path.includes('cut') ? { kind: 'cut', afterChunks: 1 } : { kind: 'status', status: 503 },
      }),
    });
    await using cut = new LiveClient(emulator, `${PATH}?key=emulator-key&cut`);
    await cut.send(SETUP, say('x'));
    expect([(await cut.closed).code, cut.messages.length]).toEqual([1006, 1]);
    await expect(new LiveClient(emulator).opened).rejects.toThrow('503');
    await expect(new LiveClient(emulator, '/ws/other').opened).rejects.toThrow('404');
  });
});

describe('a music session', () => {
  const path = '/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateMusic?key=emulator-key';

  it('plays when it is told to, after its setup', async () => {
    await using emulator = await startEmulator();
    await using client = new LiveClient(emulator, path);
    await client.send({ setup: { model: 'models/lyria-realtime-exp' } });
    await client.send(
      { clientContent: { weightedPrompts: [{ text: 'minimal techno', weight: 1 }] } },
      { playbackControl: 'PLAY' },
    );
    await expect.poll(() => client.messages.length, PATIENCE).toBe(4);
    expect(client.messages[0]).toEqual({ setupComplete: {} });
    expect(client.messages[3]).toMatchObject({
      serverContent: { audioChunks: [{ mimeType: expect.stringContaining('audio/l16') }] },
    });
  });

  it('is closed where it does not begin with a setup of such a model', async () => {
    await using emulator = await startEmulator();
    for (const first of [{ playbackControl: 'PLAY' }, { setup: { model: 'models/gemini-2.5-flash' } }]) {
      await using client = new LiveClient(emulator, path);
      await client.send(first);
      expect((await client.closed).code).toBeGreaterThan(1000);
    }
  });
});
