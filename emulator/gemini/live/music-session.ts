import { ApiError, apiErrors } from '../errors.ts';
import { requireModel } from '../models.ts';
import { field, text, toMessage } from '../proto-json.ts';
import { closingOf } from './close-reason.ts';
import type { LiveChannel } from './live-session.ts';

/** Pieces of sound that follow on PLAY. */
const CHUNKS = 3;
const CHUNK_BYTES = 1024;

/** A session that makes music: each PLAY is answered with a little sound, which depends on the prompts alone. */
export class MusicSession {
  readonly #channel: LiveChannel;
  readonly #version: string;
  #isSetUp = false;
  #prompts = '';
  #sent = 0;

  constructor(channel: LiveChannel, { version }: { readonly version: string }) {
    this.#channel = channel;
    this.#version = version;
  }

  /** Takes in one message of the client; never throws. */
  receive(message: unknown): void {
    try {
      this.#receive(toMessage(message));
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.#channel.close(closingOf(error instanceof ApiError ? error : apiErrors.internal()));
  }

  #receive(message: ReturnType<typeof toMessage>): void {
    const setup = field(message, 'setup');
    if ((setup === undefined) !== this.#isSetUp) throw apiErrors.invalidArgument();
    if (setup !== undefined) {
      requireModel(text(toMessage(setup), 'model').replace(/^models\//, ''), this.#version, 'bidiGenerateMusic');
      this.#isSetUp = true;
      this.#channel.send({ setupComplete: {} });
      return;
    }
    const content = field(message, 'clientContent');
    if (content !== undefined) this.#prompts = JSON.stringify(content);
    if (text(message, 'playbackControl') === 'PLAY') this.#play();
  }

  #play(): void {
    for (let index = 0; index < CHUNKS; index += 1) {
      this.#sent += 1;
      const data = Buffer.alloc(CHUNK_BYTES, `${this.#sent}${this.#prompts}`).toString('base64');
      this.#channel.send({ serverContent: { audioChunks: [{ data, mimeType: 'audio/l16;rate=48000;channels=2' }] } });
    }
  }
}
