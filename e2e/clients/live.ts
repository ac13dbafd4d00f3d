import { createHash } from 'node:crypto';
import type { LiveServerMessage } from '@google/genai';
import * as genai3 from '@google/genai';
import * as genai2 from 'genai2';
import type { Target } from './client.ts';

/** A conversation over the Live client of an SDK: each turn waits for its answer. */
export interface Conversation {
  /** Says something and returns the text of the whole answer. */
  say(text: string): Promise<string>;
  /** Sends a piece of sound; nothing is answered before `endSound`. */
  hear(sound: Uint8Array): void;
  endSound(): Promise<string>;
  close(): void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Everything that the server sent, in order. */
  readonly messages: readonly LiveServerMessage[];
}

export const liveSdks = [
  { name: '@google/genai 3', sdk: genai3 },
  { name: '@google/genai 2', sdk: genai2 as unknown as typeof genai3 },
] as const;

/** The model that the emulator serves by the Live API. */
const liveModel = 'gemini-2.5-flash-live';

export async function converse(sdk: typeof genai3, { baseUrl, apiKey }: Target): Promise<Conversation> {
  const client = new sdk.GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
  const messages: LiveServerMessage[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  let turn: PromiseWithResolvers<string> | undefined;
  let answer = '';
  const session = await client.live.connect({
    model: liveModel,
    config: { responseModalities: [sdk.Modality.TEXT] },
    callbacks: {
      onmessage: (message) => {
        messages.push(message);
        for (const part of message.serverContent?.modelTurn?.parts ?? []) answer += part.text ?? '';
        if (message.serverContent?.turnComplete !== true) return;
        turn?.resolve(answer);
        answer = '';
      },
      onclose: ({ code, reason }) => {
        closed.resolve({ code, reason });
        turn?.reject(new Error(`closed with ${code} ${reason}`));
      },
      onerror: ({ message }) => turn?.reject(new Error(message)),
    },
  });
  const answered = (): Promise<string> => {
    turn = Promise.withResolvers();
    return turn.promise;
  };
  return {
    messages,
    closed: closed.promise,
    say: (text) => {
      const spoken = answered();
      session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true });
      return spoken;
    },
    hear: (sound) => {
      session.sendRealtimeInput({ audio: { data: Buffer.from(sound).toString('base64'), mimeType: 'audio/pcm;rate=16000' } });
    },
    endSound: () => {
      const spoken = answered();
      session.sendRealtimeInput({ audioStreamEnd: true });
      return spoken;
    },
    close: () => session.close(),
  };
}

/** A text that tells where it belongs, and whether all of it is there. */
export function numbered(session: number, turn: number, filler: string): string {
  const text = `session ${session} turn ${turn} ${filler}`;
  return `${text} ${createHash('sha256').update(text).digest('hex')}`;
}
