/**
 * The script of the bridge's page, as it is sent: no build stands between it and the browser. It proves nothing and knows no secret;
 * the gateway judges the page that opened it, and the protocol's own hello follows over the socket.
 */
export const bridgeScript = `(() => {
'use strict';
const name = 'gemini-proxy-bridge', version = 1, slackBytes = 262144, tellBytes = 65536, lookMs = 1000;
const texts = {
  en: { waiting: 'Waiting for the worker page …', alone: 'This window carries the connection of a worker page. Open it from there.',
    open: 'Connected. Keep this window open; it may stay in the background.', lost: 'The gateway has closed the connection. The worker page tries again.',
    origin: 'The gateway does not take pages of this origin. See the setting --worker-origins.', token: 'The worker token of the page is wrong.',
    unreachable: 'The gateway does not answer.', gone: 'The worker page is gone. You can close this window.' },
  zh: { waiting: '正在等待工作页面……', alone: '此窗口为工作页面传递连接，请从工作页面打开它。',
    open: '已连接。请保持此窗口打开，可以放在后台。', lost: '网关关闭了连接，工作页面会再次尝试。',
    origin: '网关不接受此来源的页面，请查看设置 --worker-origins。', token: '页面的工作令牌不正确。',
    unreachable: '网关没有响应。', gone: '工作页面已经关闭，可以关闭此窗口。' },
}[/^zh/i.test(navigator.language) ? 'zh' : 'en'];
if (/^zh/i.test(navigator.language)) document.documentElement.lang = 'zh-Hans';
const say = (key) => { const line = document.getElementById('state'); line.textContent = texts[key]; line.dataset.state = key; };
const page = window.opener;
const links = new Set();
// Timers of a hidden window may run once a minute; messages are not slowed down.
const turns = new MessageChannel(), waiting = [];
turns.port1.onmessage = () => { for (const callback of waiting.splice(0)) callback(); };
const soon = (callback) => {
  if (!document.hidden) { setTimeout(callback, 10); return; }
  waiting.push(callback);
  if (waiting.length === 1) turns.port2.postMessage(0);
};
if (page === null) { say('alone'); return; }
say('waiting');
const challenge = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

addEventListener('message', (event) => {
  const data = event.data, port = event.ports[0];
  if (event.source !== page || port === undefined || typeof data !== 'object' || data === null) return;
  if (data.name === name && data.version === version && data.kind === 'connect') connect(event.origin, String(data.nonce), String(data.proof), port);
});

async function judge(origin, nonce, proof) {
  try {
    const answer = await fetch('/bridge/verify', { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challenge, nonce, origin, proof }) });
    return answer.ok ? await answer.json() : { verdict: 'unreachable' };
  } catch { return { verdict: 'unreachable' }; }
}

async function connect(origin, nonce, proof, port) {
  const judged = await judge(origin, nonce, proof);
  if (judged.verdict !== 'ok') { say(judged.verdict); port.postMessage({ kind: 'refused', reason: judged.verdict }); return; }
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/worker', 'gemini-proxy.v1');
  socket.binaryType = 'arraybuffer';
  links.add(socket);
  let takenBytes = 0, toldBytes = 0, isWatched = false;
  // What is left in this window counts as under way, but for a little.
  const tell = () => {
    const bytes = takenBytes - Math.max(0, socket.bufferedAmount - slackBytes);
    if (bytes - toldBytes >= tellBytes) { toldBytes = bytes; port.postMessage({ kind: 'taken', bytes }); }
    if (socket.bufferedAmount > slackBytes && !isWatched && socket.readyState === 1) {
      isWatched = true;
      soon(() => { isWatched = false; tell(); });
    }
  };
  const over = () => {
    links.delete(socket);
    if (links.size === 0) say(page.closed ? 'gone' : 'lost');
  };
  socket.onopen = () => { say('open'); port.postMessage({ kind: 'open', proof: judged.proof }); };
  socket.onmessage = (event) => {
    if (event.data instanceof ArrayBuffer) port.postMessage(event.data, [event.data]); else socket.close(4400, 'binary messages only');
    if (isWatched) tell();
  };
  socket.onclose = (event) => { over(); port.postMessage({ kind: 'close', code: event.code, reason: event.reason }); port.close(); };
  port.onmessage = (event) => {
    if (event.data instanceof ArrayBuffer) {
      if (socket.readyState === 1) { socket.send(event.data); takenBytes += event.data.byteLength; tell(); }
    } else if (event.data.kind === 'close') {
      const code = event.data.code;
      socket.close(code >= 3000 && code <= 4999 ? code : 1000, event.data.reason);
    }
  };
  // The page is gone, where the browser tells.
  port.addEventListener('close', () => socket.close(1000, ''));
}

setInterval(() => {
  if (!page.closed) return;
  for (const socket of links) socket.close(1000, '');
  say('gone');
}, lookMs);
page.postMessage({ name, version, kind: 'ready', challenge }, '*');
})();`;
