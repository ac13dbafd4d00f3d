// What tests call inside the frame, so that a test reads as prose.

const api = 'https://generativelanguage.googleapis.com';

/** Status, headers and text of a call through `window.fetch`. */
window.call = async (path, init) => {
  const response = await window.fetch(api + path, init);
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
};

/** Starts a call whose progress can be watched. */
window.start = (path, init) => {
  const controller = new AbortController();
  const progress = { status: 0, text: '', isDone: false, error: '', abort: () => controller.abort(), cancel: () => {} };
  const run = async () => {
    const response = await window.fetch(api + path, { ...init, signal: controller.signal });
    progress.status = response.status;
    const reader = response.body.getReader();
    progress.cancel = () => reader.cancel();
    const decoder = new TextDecoder();
    for (let next = await reader.read(); !next.done; next = await reader.read()) progress.text += decoder.decode(next.value);
    progress.isDone = true;
  };
  run().catch((error) => {
    progress.error = error.name;
  });
  window.progress = progress;
};

window.callByXhr = (path) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', api + path);
    request.onloadend = () => resolve({ status: request.status, text: request.responseText });
    request.send();
  });

window.callInWorker = (path) =>
  new Promise((resolve) => {
    const source = `onmessage = async ({ data }) => postMessage({ status: (await fetch(data)).status })`;
    const worker = new Worker(URL.createObjectURL(new Blob([source])));
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(api + path);
  });
