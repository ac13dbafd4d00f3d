/**
 * The host page: it frames the app, bootstraps the shim in it, and forwards the shim's calls once its user has been active.
 * @import { InputKind, PageSettings, ShimMessage } from './messages.ts'
 */
import { ActivationGate } from './activation-gate.js';
import { ForwardedCall } from './forwarded-call.js';
import { RelayedSocket } from './relayed-socket.js';

const gate = new ActivationGate({ isMobile: /\bMobile\b/.test(navigator.userAgent) });
const gateText = document.getElementById('gate');

/** @type {PageSettings | undefined} */
let settings;
/** @type {MessagePort | undefined} */
let port;
/** @type {Map<number, { call: ForwardedCall | undefined, leaveGate: () => void }>} */
let calls = new Map();
/** @type {Map<number, { socket: RelayedSocket | undefined, leaveGate: () => void }>} */
let sockets = new Map();
let hasBootstrapped = false;

const frame = document.createElement('iframe');
frame.name = 'app';

new EventSource('/settings').onmessage = (event) => {
  const isFirst = settings === undefined;
  settings = JSON.parse(event.data);
  if (settings === undefined) return;
  gate.setMode(settings.activationGate);
  if (isFirst) openFrame(settings);
  showGate();
};

window.addEventListener('message', (event) => {
  if (settings === undefined || event.source !== frame.contentWindow || event.data?.type !== 'frame_ready') return;
  // The calls of the document that was there before have nobody left to read them.
  dropCalls();
  if (hasBootstrapped && !settings.bootstrapAfterReload) return;
  hasBootstrapped = true;
  if (settings.bootstrap === 'never') return;
  if (settings.bootstrap === 'at-once') bootstrap(settings);
  else setTimeout(bootstrap, settings.bootstrap.delayMs, settings);
});

for (const kind of /** @type {InputKind[]} */ (['mousemove', 'keydown', 'pointerdown'])) {
  window.addEventListener(kind, (event) => event.isTrusted && onInput(kind, navigator.userActivation.hasBeenActive));
}

document.getElementById('reload')?.addEventListener('click', () => {
  if (settings === undefined) return;
  hasBootstrapped = false;
  openFrame(settings);
});

/** @param {PageSettings} settings */
function openFrame({ frameOrigin, loopbackNetworkDelegated, popupsAllowed, opaqueFrameOrigin }) {
  const sandbox = ['allow-scripts', 'allow-forms', 'allow-modals', 'allow-downloads'];
  if (popupsAllowed) sandbox.push('allow-popups', 'allow-popups-to-escape-sandbox');
  if (!opaqueFrameOrigin) sandbox.push('allow-same-origin');
  frame.setAttribute('sandbox', sandbox.join(' '));
  frame.allow = ['clipboard-write', ...(loopbackNetworkDelegated ? ['loopback-network', 'local-network-access'] : [])].join('; ');
  frame.src = `${frameOrigin}/${location.hash}`;
  document.body.append(frame);
}

/** @param {PageSettings} settings */
function bootstrap({ urlPatterns, frameOrigin, opaqueFrameOrigin }) {
  const channel = new MessageChannel();
  port = channel.port1;
  port.onmessage = (event) => onShimMessage(event.data);
  frame.contentWindow?.postMessage({ type: 'bootstrap', urlPatterns }, opaqueFrameOrigin ? '*' : frameOrigin, [channel.port2]);
}

function dropCalls() {
  for (const { call, leaveGate } of calls.values()) {
    leaveGate();
    call?.cancel();
  }
  for (const { socket, leaveGate } of sockets.values()) {
    leaveGate();
    socket?.close();
  }
  calls = new Map();
  sockets = new Map();
  port?.close();
  port = undefined;
}

/** @param {ShimMessage} message */
function onShimMessage(message) {
  switch (message.type) {
    case 'fetch':
      return enter(message);
    case 'cancel':
      return cancel(message.id);
    case 'body_credit':
      return calls.get(message.id)?.call?.credit(message.bytes);
    case 'websocket_open':
      return openSocket(message);
    case 'websocket_send':
      return sockets.get(message.id)?.socket?.send(message.data);
    case 'websocket_close':
      return closeSocket(message);
    case 'input':
      return onInput(message.kind, message.hasBeenActive);
  }
}

/** @param {Extract<ShimMessage, { type: 'fetch' }>} message */
function enter(message) {
  const [ownPort, ownCalls, { id }] = [port, calls, message];
  const maxLagBytes = settings?.maxFrameLagBytes ?? null;
  const entry = { call: /** @type {ForwardedCall | undefined} */ (undefined), leaveGate: () => {} };
  ownCalls.set(id, entry);
  entry.leaveGate = gate.enter(() => {
    entry.call = new ForwardedCall(message, {
      post: (answer, transfer = []) => ownPort?.postMessage(answer, transfer),
      maxLagBytes,
    });
    entry.call.run().finally(() => ownCalls.delete(id));
  });
}

/** @param {Extract<ShimMessage, { type: 'websocket_open' }>} message */
function openSocket(message) {
  const [ownPort, ownSockets, { id }] = [port, sockets, message];
  const entry = { socket: /** @type {RelayedSocket | undefined} */ (undefined), leaveGate: () => {} };
  ownSockets.set(id, entry);
  entry.leaveGate = gate.enter(() => {
    entry.socket = new RelayedSocket(message, (answer) => {
      if (answer.type === 'websocket_closed') ownSockets.delete(id);
      const isBytes = answer.type === 'websocket_message' && typeof answer.data !== 'string';
      ownPort?.postMessage(answer, isBytes ? [/** @type {ArrayBuffer} */ (answer.data)] : []);
    });
  });
}

/** @param {Extract<ShimMessage, { type: 'websocket_close' }>} message */
function closeSocket({ id, code, reason }) {
  const entry = sockets.get(id);
  if (entry?.socket !== undefined) return entry.socket.close(code, reason);
  entry?.leaveGate();
  sockets.delete(id);
  port?.postMessage({ type: 'websocket_closed', id, code: 1006, reason: '', wasClean: false });
}

/** @param {number} id */
function cancel(id) {
  const entry = calls.get(id);
  if (entry === undefined || settings?.abortForwarded === false) return;
  if (entry.call !== undefined) return entry.call.cancel();
  entry.leaveGate();
  calls.delete(id);
  port?.postMessage({ type: 'cancelled', id });
}

/** @param {InputKind} kind @param {boolean} hasBeenActive */
function onInput(kind, hasBeenActive) {
  gate.note(kind, hasBeenActive);
  showGate();
}

function showGate() {
  const text = gate.isOpen ? 'open' : 'waiting for the user';
  if (gateText !== null && gateText.textContent !== text) gateText.textContent = text;
}

// Read by tests; no DOM is touched per call.
Object.assign(window, {
  aiStudioHost: { debugState: () => ({ calls: calls.size, sockets: sockets.size, waitingAtGate: gate.waitingCount }) },
});
