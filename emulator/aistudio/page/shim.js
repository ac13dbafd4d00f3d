/**
 * The shim inside the preview frame, loaded before the app: it replaces `window.fetch` by one that asks the host page.
 * A classic script, so that it runs before anything else. It owns no credential and sees none.
 */
(() => {
  if (window.self === window.top) return;

  /** @typedef {import('./messages.ts').BootstrapMessage} BootstrapMessage */
  /** @typedef {import('./messages.ts').HostMessage} HostMessage */
  /** @typedef {import('./messages.ts').InputKind} InputKind */
  /** @typedef {import('./messages.ts').ShimMessage} ShimMessage */

  const placeholder = 'GEMINI_API_KEY';
  const environment = { API_KEY: placeholder, GEMINI_API_KEY: placeholder };
  Object.assign(window, environment, { process: { env: environment } });

  const nativeFetch = window.fetch.bind(window);
  const nullBodyStatuses = new Set([204, 205, 304]);

  /** The body of one answer: chunks that came and were not yet read. */
  class IncomingBody {
    /** @type {ArrayBuffer[]} */
    #queue = [];
    #isWanted = false;
    #hasEnded = false;
    #isCancelled = false;
    #creditBytes = 0;
    #creditStepBytes = Number.POSITIVE_INFINITY;
    /** @type {ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined} */
    #controller;
    #sendCredit;

    /** @param {(bytes: number) => void} sendCredit */
    constructor(sendCredit) {
      this.#sendCredit = sendCredit;
    }

    /** @param {{ creditStepBytes: number | null, onCancel: () => void }} options */
    open({ creditStepBytes, onCancel }) {
      this.#creditStepBytes = creditStepBytes ?? Number.POSITIVE_INFINITY;
      return new ReadableStream(
        {
          start: (controller) => {
            this.#controller = controller;
          },
          pull: () => {
            this.#isWanted = true;
            this.#deliver();
          },
          cancel: () => {
            this.#isCancelled = true;
            this.#credit(this.#queue.splice(0).reduce((bytes, chunk) => bytes + chunk.byteLength, 0));
            onCancel();
          },
        },
        { highWaterMark: 0 },
      );
    }

    /** @param {ArrayBuffer} bytes */
    push(bytes) {
      // What nobody reads still counts as read: the host may not have heard of the cancel, and must not wait.
      if (this.#isCancelled) return this.#credit(bytes.byteLength);
      this.#queue.push(bytes);
      this.#deliver();
    }

    end() {
      this.#hasEnded = true;
      if (!this.#isCancelled && this.#queue.length === 0) this.#controller?.close();
    }

    /** @param {unknown} error */
    fail(error) {
      this.#controller?.error(error);
    }

    /** @param {number} bytes */
    #credit(bytes) {
      this.#creditBytes += bytes;
      if (this.#creditBytes < this.#creditStepBytes) return;
      this.#sendCredit(this.#creditBytes);
      this.#creditBytes = 0;
    }

    #deliver() {
      if (!this.#isWanted) return;
      const bytes = this.#queue.shift();
      if (bytes === undefined) return;
      this.#isWanted = false;
      this.#credit(bytes.byteLength);
      this.#controller?.enqueue(new Uint8Array(bytes));
      if (this.#hasEnded && this.#queue.length === 0) this.#controller?.close();
    }
  }

  /**
   * @typedef {object} Call
   * @property {IncomingBody} body
   * @property {AbortSignal} signal
   * @property {() => void} onAbort
   * @property {(response: Response) => void} resolve
   * @property {(error: unknown) => void} reject
   */

  /** The calls that wait for the host page, over its port. */
  class Relay {
    /** @type {Map<number, Call>} */
    #calls = new Map();
    #lastId = 0;
    #port;
    #patterns;

    /** @param {MessagePort} port @param {string[]} urlPatterns */
    constructor(port, urlPatterns) {
      this.#port = port;
      this.#patterns = urlPatterns.map((pattern) => new RegExp(`^${pattern}$`));
      port.onmessage = (event) => this.#onMessage(event.data);
      for (const kind of /** @type {InputKind[]} */ (['mousemove', 'keydown', 'pointerdown'])) {
        window.addEventListener(kind, this.#onInput, { capture: true, passive: true });
      }
    }

    /** @param {string} url */
    matches(url) {
      return this.#patterns.some((pattern) => pattern.test(url));
    }

    /** @param {Request} request @returns {Promise<Response>} */
    async fetch(request) {
      const content = await request.arrayBuffer();
      const body = content.byteLength === 0 ? null : content;
      const id = ++this.#lastId;
      const { url, method, signal } = request;
      if (signal.aborted) throw signal.reason;
      const answer = new Promise((resolve, reject) => {
        const incoming = new IncomingBody((bytes) => this.#post({ type: 'body_credit', id, bytes }));
        const onAbort = () => this.#cancel(id);
        signal.addEventListener('abort', onAbort);
        this.#calls.set(id, { body: incoming, signal, onAbort, resolve, reject });
      });
      this.#post({ type: 'fetch', id, url, method, headers: [...request.headers], body }, body === null ? [] : [body]);
      return answer;
    }

    /** @param {HostMessage} message */
    #onMessage(message) {
      const call = this.#calls.get(message.id);
      if (call === undefined) return;
      switch (message.type) {
        case 'response':
          return this.#respond(message, call);
        case 'body':
          return call.body.push(message.bytes);
        case 'body_done':
          this.#forget(message.id, call);
          return call.body.end();
        case 'failed':
          return this.#fail(message.id, call, new TypeError(message.message));
        case 'cancelled':
          return this.#fail(message.id, call, call.signal.reason);
      }
    }

    /** @param {Extract<HostMessage, { type: 'response' }>} message @param {Call} call */
    #respond({ id, status, headers, creditStepBytes }, { body, resolve }) {
      const stream = body.open({ creditStepBytes, onCancel: () => this.#cancel(id) });
      resolve(new Response(nullBodyStatuses.has(status) ? null : stream, { status, headers }));
    }

    /** @param {number} id */
    #cancel(id) {
      if (this.#calls.has(id)) this.#post({ type: 'cancel', id });
    }

    /** @param {number} id @param {Call} call @param {unknown} error */
    #fail(id, call, error) {
      this.#forget(id, call);
      call.reject(error);
      call.body.fail(error);
    }

    /** @param {number} id @param {Call} call */
    #forget(id, call) {
      this.#calls.delete(id);
      call.signal.removeEventListener('abort', call.onAbort);
    }

    /** @param {Event} event */
    #onInput = (event) => {
      const kind = /** @type {InputKind} */ (event.type);
      if (event.isTrusted) this.#post({ type: 'input', kind, hasBeenActive: navigator.userActivation.hasBeenActive });
    };

    /** @param {ShimMessage} message @param {Transferable[]} [transfer] */
    #post(message, transfer = []) {
      this.#port.postMessage(message, transfer);
    }
  }

  /** @type {Promise<Relay>} */
  const bootstrapped = new Promise((resolve) => {
    /** @param {MessageEvent<BootstrapMessage>} event */
    const onMessage = (event) => {
      const port = event.ports[0];
      if (event.source !== window.parent || event.data?.type !== 'bootstrap' || port === undefined) return;
      window.removeEventListener('message', onMessage);
      resolve(new Relay(port, event.data.urlPatterns));
    };
    window.addEventListener('message', onMessage);
    window.parent.postMessage({ type: 'frame_ready' }, '*');
  });

  // The bootstrap is awaited before the URL is looked at: without it even local calls hang, and no AbortSignal helps.
  /** @param {RequestInfo | URL} input @param {RequestInit} [init] */
  const hookedFetch = async (input, init) => {
    const relay = await bootstrapped;
    const url = input instanceof Request ? input.url : new URL(input, document.baseURI).href;
    return relay.matches(url) ? relay.fetch(new Request(input, init)) : nativeFetch(input, init);
  };

  Object.defineProperty(window, 'fetch', { configurable: false, enumerable: true, get: () => hookedFetch });
})();
