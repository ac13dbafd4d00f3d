// What tests call inside the frame, so that a test reads as prose.

const api = 'https://generativelanguage.googleapis.com';

Object.assign(window, {
  /** Status, headers and text of a call through `window.fetch`. @param {string} path @param {RequestInit} [init] */
  call: async (path, init) => {
    const response = await window.fetch(api + path, init);
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  },

  /** Starts a call whose progress can be watched. @param {string} path @param {RequestInit & { isRead?: boolean }} [init] */
  start: (path, { isRead = true, ...init } = {}) => {
    const controller = new AbortController();
    const abort = () => controller.abort(new DOMException('The test left', 'AbortError'));
    const progress = { status: 0, text: '', isDone: false, error: '', abort, cancel: () => {} };
    const run = async () => {
      const response = await window.fetch(api + path, { ...init, signal: controller.signal });
      progress.status = response.status;
      const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
      progress.cancel = () => reader.cancel();
      if (!isRead) return;
      const decoder = new TextDecoder();
      for (let next = await reader.read(); !next.done; next = await reader.read()) progress.text += decoder.decode(next.value);
      progress.isDone = true;
    };
    run().catch((error) => {
      progress.error = error.name;
    });
    Object.assign(window, { progress });
  },

  /** @param {string} path */
  callByXhr: (path) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open('GET', api + path);
      request.onloadend = () => resolve({ status: request.status, text: request.responseText });
      request.send();
    }),

  /** @param {string} path */
  callInWorker: (path) =>
    new Promise((resolve) => {
      const source = 'onmessage = async ({ data }) => postMessage({ status: (await fetch(data)).status })';
      const worker = new Worker(URL.createObjectURL(new Blob([source])));
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(api + path);
    }),

  /** How an attempt to open a WebSocket ended. @param {string} url */
  openSocket: (url) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve('open');
      socket.onclose = ({ code }) => resolve(`close ${code}`);
    }),
});
