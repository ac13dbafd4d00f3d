import type { Transport } from '@gemini-proxy/protocol';
import { type NaiveFrame, naiveDecode } from './naive-codec.ts';

/** A transport without a peer: a test plays the peer's part, and looks at what was said to it. */
export class ScriptedTransport implements Transport {
  /** Set by a test that wants a full socket. */
  bufferedAmount = 0;
  /** Each message that was sent. */
  readonly messages: Uint8Array<ArrayBuffer>[] = [];
  /** How the session closed the transport. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  #readCount = 0;

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.closed === undefined) this.messages.push(message);
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  /** The frames that were sent since the last call. */
  takeFrames(): NaiveFrame[] {
    const fresh = this.messages.slice(this.#readCount);
    this.#readCount = this.messages.length;
    return fresh.flatMap((message) => naiveDecode(message));
  }
}
