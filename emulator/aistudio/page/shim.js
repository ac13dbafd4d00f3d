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
  /** @typedef {import('./messages.ts').SocketData} SocketData */
  /** @typedef {import('./messages.ts').SocketHostMessage} SocketHostMessage */

  const placeholder = 'GEMINI_API_KEY';
  const environment = { API_KEY: placeholder, GEMINI_API_KEY: placeholder };
  Object.assign(window, environment, { process: { env: environment } });

  const nativeFetch = window.fetch.bind(window);
  const NativeWebSocket = window.WebSocket;
  const isLiveRelayed = document.currentScript?.dataset.live === 'relayed';
  const liveUrl = /^wss:\/\/generativelanguage\.googleapis\.com\//;
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
    /** @type {Map<number, RelayedWebSocket>} */
    #sockets = new Map();
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

    /** @param {RelayedWebSocket} socket @param {string[]} protocols @returns {{ send: (data: SocketData) => void, close: (code: number | undefined, reason: string) => void }} */
    openSocket(socket, protocols) {
      const id = ++this.#lastId;
      this.#sockets.set(id, socket);
      this.#post({ type: 'websocket_open', id, url: socket.url, protocols });
      return {
        send: (data) => this.#post({ type: 'websocket_send', id, data }),
        close: (code, reason) => this.#post({ type: 'websocket_close', id, code, reason }),
      };
    }

    /** @param {SocketHostMessage} message */
    #onSocketMessage(message) {
      const socket = this.#sockets.get(message.id);
      if (message.type === 'websocket_closed') this.#sockets.delete(message.id);
      socket?.receive(message);
    }

    /** @param {HostMessage} message */
    #onMessage(message) {
      if (message.type === 'websocket_opened' || message.type === 'websocket_message' || message.type === 'websocket_closed') {
        return this.#onSocketMessage(message);
      }
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

  const socketEvents = /** @type {const} */ (['open', 'message', 'error', 'close']);

  /** A WebSocket whose other end is the host page's. Blobs cannot be sent, and nothing is told of what is buffered. */
  class RelayedWebSocket extends EventTarget {
    url;
    protocol = '';
    extensions = '';
    bufferedAmount = 0;
    /** @type {BinaryType} */
    binaryType = 'blob';
    /** @type {number} */
    readyState = NativeWebSocket.CONNECTING;
    /** @type {Promise<ReturnType<Relay['openSocket']>>} */
    #opened;

    /** @param {string} url @param {string[]} protocols */
    constructor(url, protocols) {
      super();
      this.url = url;
      this.#opened = bootstrapped.then((relay) => relay.openSocket(this, protocols));
      for (const type of socketEvents) this.#defineHandler(type);
    }

    /** @param {SocketData | ArrayBufferView<ArrayBuffer>} data */
    send(data) {
      if (this.readyState === NativeWebSocket.CONNECTING)
        throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
      if (this.readyState !== NativeWebSocket.OPEN) return;
      // What is passed may change after this call.
      const copy = ArrayBuffer.isView(data)
        ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)
        : typeof data === 'string'
          ? data
          : data.slice(0);
      this.#opened.then((relayed) => relayed.send(copy));
    }

    /** @param {number} [code] @param {string} [reason] */
    close(code, reason = '') {
      if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
        throw new DOMException(`The close code ${code} is neither 1000 nor between 3000 and 4999.`, 'InvalidAccessError');
      }
      if (this.readyState >= NativeWebSocket.CLOSING) return;
      this.readyState = NativeWebSocket.CLOSING;
      this.#opened.then((relayed) => relayed.close(code, reason));
    }

    /** @param {SocketHostMessage} message */
    receive(message) {
      if (message.type === 'websocket_opened') {
        if (this.readyState !== NativeWebSocket.CONNECTING) return;
        this.readyState = NativeWebSocket.OPEN;
        this.protocol = message.protocol;
        this.dispatchEvent(new Event('open'));
      } else if (message.type === 'websocket_message') {
        const { data } = message;
        const isBlob = this.binaryType === 'blob' && typeof data !== 'string';
        this.dispatchEvent(
          new MessageEvent('message', { data: isBlob ? new Blob([data]) : data, origin: new URL(this.url).origin }),
        );
      } else {
        this.readyState = NativeWebSocket.CLOSED;
        if (!message.wasClean) this.dispatchEvent(new Event('error'));
        this.dispatchEvent(new CloseEvent('close', message));
      }
    }

    /** `onopen` and its like, which a page sets as properties. @param {(typeof socketEvents)[number]} type */
    #defineHandler(type) {
      /** @type {unknown} */
      let handler = null;
      this.addEventListener(type, (event) => typeof handler === 'function' && handler.call(this, event));
      const set = (/** @type {unknown} */ value) => {
        handler = value;
      };
      Object.defineProperty(this, `on${type}`, { get: () => handler, set, enumerable: true });
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

  const HookedWebSocket = new Proxy(NativeWebSocket, {
    construct(target, [url, protocols = []], newTarget) {
      const { href } = new URL(url, document.baseURI);
      if (!liveUrl.test(href)) return Reflect.construct(target, [url, protocols], newTarget);
      return new RelayedWebSocket(href, [protocols].flat());
    },
  });
  if (isLiveRelayed) window.WebSocket = HookedWebSocket;

  Object.defineProperty(window, 'fetch', { configurable: false, enumerable: true, get: () => hookedFetch });
})();
