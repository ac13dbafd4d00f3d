/** @import { FetchMessage, HeaderPairs, HostMessage } from './messages.ts' */

/** One call of the frame, made by the host page through its own server, which adds the session credential. */
export class ForwardedCall {
  #abort = new AbortController();
  #lagBytes = 0;
  /** @type {(() => void) | undefined} */
  #onCredit;
  #message;
  #post;
  #maxLagBytes;

  /**
   * @param {FetchMessage} message
   * @param {{ post: (message: HostMessage, transfer?: Transferable[]) => void, maxLagBytes: number | null }} options
   */
  constructor(message, { post, maxLagBytes }) {
    this.#message = message;
    this.#post = post;
    this.#maxLagBytes = maxLagBytes;
  }

  async run() {
    const { id } = this.#message;
    try {
      await this.#forward();
      this.#post({ type: 'body_done', id });
    } catch (error) {
      this.#post(this.#abort.signal.aborted ? { type: 'cancelled', id } : { type: 'failed', id, message: String(error) });
    }
  }

  cancel() {
    this.#abort.abort();
    this.#onCredit?.();
  }

  /** @param {number} bytes */
  credit(bytes) {
    this.#lagBytes -= bytes;
    if (!this.#isLagging()) this.#onCredit?.();
  }

  async #forward() {
    const { id, url, method, headers, body } = this.#message;
    const isStreamed = new URL(url).pathname.endsWith(':streamGenerateContent');
    const answer = await fetch(isStreamed ? '/rpc/stream' : '/rpc/unary', {
      method: 'POST',
      headers: { 'x-rpc-url': url, 'x-rpc-method': method, 'x-rpc-headers': encodeURIComponent(JSON.stringify(headers)) },
      body,
      signal: this.#abort.signal,
    });
    const head = answer.headers.get('x-rpc-head');
    if (head === null) throw new Error(`Rpc failed due to xhr error, http status: ${answer.status}`);
    /** @type {{ status: number, headers: HeaderPairs }} */
    const { status, headers: answerHeaders } = JSON.parse(decodeURIComponent(head));
    // A unary answer is in memory as a whole before the frame hears of it.
    const whole = isStreamed ? undefined : await answer.arrayBuffer();
    const creditStepBytes = this.#maxLagBytes === null ? null : Math.ceil(this.#maxLagBytes / 2);
    this.#post({ type: 'response', id, status, headers: answerHeaders, creditStepBytes });
    if (whole === undefined) await this.#stream(answer);
    else if (whole.byteLength > 0) this.#post({ type: 'body', id, bytes: whole }, [whole]);
  }

  /** @param {Response} answer */
  async #stream(answer) {
    const reader = answer.body?.getReader();
    if (reader === undefined) return;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const { value } = next;
      const bytes = value.byteLength === value.buffer.byteLength ? value.buffer : value.slice().buffer;
      this.#lagBytes += bytes.byteLength;
      this.#post({ type: 'body', id: this.#message.id, bytes }, [bytes]);
      if (this.#isLagging()) await this.#untilCredit();
    }
  }

  #isLagging() {
    return this.#maxLagBytes !== null && this.#lagBytes >= this.#maxLagBytes;
  }

  /** Settles on enough credit, and on cancel. @returns {Promise<void>} */
  #untilCredit() {
    return new Promise((resolve) => {
      this.#onCredit = resolve;
    });
  }
}
