import type { ConnectionAction } from '../model/connection.ts';
import type { Way } from '../model/gateway-bridge.ts';
import type { ConnectionState, PageState } from '../model/page-state.ts';
import type { ExecutorName } from '../model/settings.ts';

/** A state in words: what it is, why, and the one next step, if there is one. */
interface StateText {
  readonly title: string;
  readonly reason: string;
  readonly action: string;
}

export interface Texts {
  readonly pageTitle: string;
  readonly tagline: string;
  readonly switchLanguage: string;
  readonly states: Readonly<Record<PageState, StateText>>;
  readonly shortStates: Readonly<Record<ConnectionState, string>>;
  readonly nextStep: string;
  readonly details: string;
  readonly readyCount: string;
  readonly openBridge: string;
  readonly ways: Readonly<Record<Way, string>>;
  readonly connect: string;
  readonly connectAnyway: string;
  readonly disconnect: string;
  readonly disconnectNow: string;
  readonly served: string;
  readonly failed: string;
  readonly running: string;
  readonly bytesIn: string;
  readonly bytesOut: string;
  readonly reconnects: string;
  readonly totals: string;
  readonly connections: string;
  readonly connectionCount: string;
  readonly connectionCountHint: string;
  readonly connectionColumn: string;
  readonly stateColumn: string;
  readonly lastRequest: string;
  readonly reconnectedTimes: string;
  readonly controls: string;
  readonly actions: Readonly<Record<ConnectionAction, string>>;
  readonly actionOf: string;
  readonly actionHints: Readonly<Record<'pause' | 'drain' | 'cut' | 'freeze', string>>;
  readonly inFlight: string;
  readonly noInFlight: string;
  readonly moreInFlight: string;
  readonly model: string;
  readonly operation: string;
  readonly time: string;
  readonly settings: string;
  readonly endpoint: string;
  readonly endpointHint: string;
  readonly token: string;
  readonly tokenHint: string;
  readonly showToken: string;
  readonly hideToken: string;
  readonly account: string;
  readonly accountHint: string;
  readonly executor: string;
  readonly executors: Readonly<Record<ExecutorName, string>>;
  readonly executorHints: Readonly<Record<ExecutorName, string>>;
  readonly log: string;
  readonly emptyLog: string;
}

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const en: Texts = {
  pageTitle: 'GeminiProxy worker',
  tagline: 'Worker page',
  switchLanguage: '中文',
  states: {
    ready: { title: 'Ready', reason: 'Requests from your programs run through this page. Keep it open.', action: '' },
    'needs-interaction': {
      title: 'Waiting for you',
      reason: 'AI Studio lets a page make calls only after somebody has used it.',
      action: 'Click anywhere in this page once. If that is not enough, move the mouse and press a few keys.',
    },
    probing: { title: 'Checking', reason: 'Connected to the gateway. A test call to Gemini is under way.', action: '' },
    refused: {
      title: 'Gemini refuses calls from this page',
      reason: 'The test call was answered, but not allowed.',
      action:
        'Check that you are signed in to AI Studio, then click here to check again. If that does not help, reload the preview.',
    },
    paused: {
      title: 'Paused',
      reason: 'The gateway sends no new requests here. What runs goes on.',
      action: 'Press Resume when you want requests again.',
    },
    held: {
      title: 'Paused in the console',
      reason: 'The gateway sends no new requests here, because its console paused this connection. What runs goes on.',
      action: 'Press Resume in the console, on the page Workers.',
    },
    draining: {
      title: 'Finishing',
      reason: 'Running requests may finish; new ones go elsewhere. Then the connection closes.',
      action: 'Press Disconnect now if you do not want to wait.',
    },
    released: {
      title: 'Let go',
      reason:
        'The gateway sends no new requests here: it is stopping, or its console drained this connection. What runs goes on.',
      action: 'Press Start if you want requests here again.',
    },
    frozen: {
      title: 'Frozen',
      reason: 'This page neither reads nor answers, as if the browser had put it to sleep. The gateway will notice.',
      action: 'Press Wake up to go on.',
    },
    'hook-absent': {
      title: 'No access to Gemini here',
      reason:
        'The calls of this page are not passed on by AI Studio: it is open somewhere else, or its frame was reloaded on its own.',
      action: 'Open the app in AI Studio and use its preview. If you are there, reload the whole AI Studio tab.',
    },
    connecting: {
      title: 'Connecting',
      reason: 'Looking for the gateway. If the browser asks for access to this device or network, allow it.',
      action: '',
    },
    reconnecting: { title: 'Reconnecting', reason: 'The connection to the gateway broke. Trying again.', action: '' },
    'not-admitted': {
      title: 'The gateway does not admit this page',
      reason: 'Something answers at this address, but takes no connection from {origin}. Trying again by itself.',
      action: 'If it is your gateway, start it with this setting: `--worker-origins {origin}`',
    },
    'not-allowed': {
      title: 'The browser was told to say no',
      reason: 'This page was denied access to apps on this computer, so it cannot reach the gateway. Trying again by itself.',
      action:
        'Open the bridge window: it carries the connection. Or click the icon left of the address of this tab, allow access to apps on this device, and reload the tab.',
    },
    unanswered: {
      title: 'Waiting for your permission',
      reason:
        'The browser asks before a page may reach your own computer; or the gateway is not running. Trying again by itself.',
      action:
        'Allow the access when the browser asks. If it does not ask, start the gateway (`npm start` or `gemini-proxy serve`), or open the bridge window.',
    },
    blocked: {
      title: 'No way to the gateway',
      reason: 'It is not running, or the browser keeps this preview away from your own computer. Trying again by itself.',
      action:
        'Start the gateway: `npm start` or `gemini-proxy serve`. If it is running, open the bridge window: a small window of the gateway that carries the connection. Or give the gateway a wss:// address, and enter that below.',
    },
    'no-window': {
      title: 'The browser opened no bridge window',
      reason: 'Pop-up windows are not allowed here, or this page may not talk to them. Trying the direct way again by itself.',
      action:
        'Allow pop-ups for this tab, and try again. Or give the gateway a wss:// address: start it with `--tls-cert` and `--tls-key`, or behind a tunnel, and enter that address below.',
    },
    unreachable: {
      title: 'No gateway found',
      reason: 'Nothing answers at this address. Trying again by itself.',
      action: 'Start the gateway: `npm start` or `gemini-proxy serve`. If it is running, check the address below.',
    },
    'wrong-token': {
      title: 'Wrong token',
      reason: 'The gateway is there, but does not accept this token.',
      action: 'Check the token: `npm start -- --show-keys` or `gemini-proxy --show-keys` shows it.',
    },
    'wrong-version': {
      title: 'Page and gateway do not fit',
      reason: 'They speak different versions of the protocol.',
      action: 'Paste the page again from the version that the gateway has.',
    },
    replaced: {
      title: 'Taken over',
      reason: 'Another page took over this connection.',
      action: 'Use the other page, or press Connect here.',
    },
    stopped: { title: 'Not connected', reason: 'No requests run through this page.', action: 'Press Connect.' },
    deployed: {
      title: 'Not here',
      reason: 'This is a deployed copy. Here everybody with the address would use your key.',
      action: 'Delete the deployment, and use the preview inside AI Studio.',
    },
    outside: {
      title: 'Open this page inside AI Studio',
      reason: 'On its own it has no access to Gemini: only the preview in AI Studio has.',
      action: 'Open the app in AI Studio and use its preview.',
    },
    'no-token': {
      title: 'One step left',
      reason: 'The gateway needs to know that this page is yours.',
      action:
        "Paste the pairing link of the gateway's console into the address below, then press Connect. Without the console: `npm start -- --show-keys` or `gemini-proxy --show-keys` shows the token.",
    },
    'not-websocket': {
      title: 'Check the address',
      reason: 'The gateway address is not a WebSocket address.',
      action: 'It starts with ws:// or wss://.',
    },
    'needs-wss': {
      title: 'Check the address',
      reason: 'A secure page may use ws:// to your own computer only.',
      action: 'Use wss:// for a gateway elsewhere.',
    },
  },
  shortStates: {
    ready: 'Ready',
    'needs-interaction': 'Waiting for you',
    probing: 'Checking',
    refused: 'Refused',
    'hook-absent': 'No access',
    paused: 'Paused',
    held: 'Paused in console',
    draining: 'Finishing',
    released: 'Let go',
    frozen: 'Frozen',
    connecting: 'Connecting',
    reconnecting: 'Reconnecting',
    'not-admitted': 'Not admitted',
    'not-allowed': 'Not allowed',
    unanswered: 'Asking you',
    blocked: 'No way',
    unreachable: 'No gateway',
    'wrong-token': 'Wrong token',
    'wrong-version': 'Wrong version',
    replaced: 'Taken over',
    stopped: 'Stopped',
  },
  nextStep: 'Next step',
  details: 'Details',
  readyCount: '{ready} of {total} connections are ready',
  openBridge: 'Open the bridge window',
  ways: { direct: 'Direct connection', bridge: 'Through the bridge window', secure: 'Encrypted connection' },
  connect: 'Connect',
  connectAnyway: 'Connect anyway',
  disconnect: 'Disconnect',
  disconnectNow: 'Disconnect now',
  served: 'Served',
  failed: 'Failed',
  running: 'Running',
  bytesIn: 'Request data',
  bytesOut: 'Answer data',
  reconnects: 'Reconnects',
  totals: 'Totals',
  connections: 'Connections',
  connectionCount: 'Number of connections',
  connectionCountHint: 'Each one is a worker of its own to the gateway. With fewer, the last ones finish their requests first.',
  connectionColumn: 'Connection',
  stateColumn: 'State',
  lastRequest: 'Last request',
  reconnectedTimes: 'Reconnects: {count}',
  controls: 'Controls',
  actions: {
    pause: 'Pause',
    resume: 'Resume',
    drain: 'Drain',
    start: 'Start',
    cut: 'Cut',
    freeze: 'Freeze',
    thaw: 'Wake up',
  },
  actionOf: '{action}: connection {number}',
  actionHints: {
    pause: 'takes nothing new; what runs goes on.',
    drain: 'finishes what runs, then disconnects.',
    cut: 'loses the socket without a goodbye, and comes back by itself.',
    freeze: 'neither reads nor answers, like a page that the browser put to sleep.',
  },
  inFlight: 'Running requests',
  noInFlight: 'Nothing is running.',
  moreInFlight: 'and {count} more',
  model: 'Model',
  operation: 'Operation',
  time: 'Time',
  settings: 'Gateway',
  endpoint: 'Address',
  endpointHint: 'The pairing link of the console; or ws:// for this computer, wss:// for any other.',
  token: 'Worker token',
  tokenHint: 'Of the gateway, not of Google. Kept in this browser only.',
  showToken: 'Show',
  hideToken: 'Hide',
  account: 'Account label',
  accountHint: 'Any name for the signed-in account. Pages with one label share uploaded files.',
  executor: 'Calls are made by',
  executors: { fetch: "The page's fetch", sdk: 'The SDK @google/genai' },
  executorHints: {
    fetch: 'The usual choice: bytes pass unchanged, but for embedContent (sent as a batch of one) and the metadata of uploads.',
    sdk: 'Only where fetch is not authorised: answers are printed anew and lose what the SDK does not know; uploads of 100 MiB at most, no Live.',
  },
  log: 'Log',
  emptyLog: 'Nothing yet.',
};

const zh: Texts = {
  pageTitle: 'GeminiProxy 工作页',
  tagline: '工作页',
  switchLanguage: 'English',
  states: {
    ready: { title: '就绪', reason: '您的程序发出的请求正通过此页面执行。请保持页面打开。', action: '' },
    'needs-interaction': {
      title: '等待您的操作',
      reason: 'AI Studio 只有在页面被使用过之后才允许它发起调用。',
      action: '请在此页面任意位置点击一次。若仍不行，请移动鼠标并按几次键盘。',
    },
    probing: { title: '正在检查', reason: '已连接网关，正在向 Gemini 发起测试调用。', action: '' },
    refused: {
      title: 'Gemini 拒绝了此页面的调用',
      reason: '测试调用得到了回应，但未获许可。',
      action: '请确认已登录 AI Studio，然后点击此处重新检查。若仍不行，请重新加载预览。',
    },
    paused: {
      title: '已暂停',
      reason: '网关不会向此处发送新请求，进行中的请求会继续。',
      action: '需要恢复时，请点击“恢复”。',
    },
    held: {
      title: '已在控制台暂停',
      reason: '网关的控制台暂停了此连接，因此不会有新请求。进行中的请求会继续。',
      action: '请在控制台的“工作者”页面点击“恢复”。',
    },
    draining: {
      title: '正在收尾',
      reason: '进行中的请求会完成，新请求改由其他连接执行，随后连接关闭。',
      action: '不想等待时，请点击“立即断开”。',
    },
    released: {
      title: '已被释放',
      reason: '网关不再向此处发送新请求：网关正在停止，或者其控制台排空了此连接。进行中的请求会继续。',
      action: '如果希望继续接受请求，请点击“启动”。',
    },
    frozen: {
      title: '已冻结',
      reason: '此页面既不读取也不应答，如同被浏览器休眠。网关会察觉到。',
      action: '请点击“唤醒”以继续。',
    },
    'hook-absent': {
      title: '此处无法访问 Gemini',
      reason: 'AI Studio 没有转发此页面的调用：页面在别处打开，或者只有其框架被重新加载。',
      action: '请在 AI Studio 中打开该应用并使用其预览。如果已在其中，请重新加载整个 AI Studio 标签页。',
    },
    connecting: { title: '正在连接', reason: '正在寻找网关。若浏览器询问是否允许访问此设备或网络，请选择允许。', action: '' },
    reconnecting: { title: '正在重新连接', reason: '与网关的连接已断开，正在重试。', action: '' },
    'not-admitted': {
      title: '网关不接受此页面',
      reason: '该地址有响应，但不接受来自 {origin} 的连接。正在自动重试。',
      action: '如果它就是您的网关，请在启动时加上此配置：`--worker-origins {origin}`',
    },
    'not-allowed': {
      title: '浏览器已被设为拒绝',
      reason: '此页面被拒绝访问本机上的应用，因此无法连接网关。正在自动重试。',
      action: '请打开桥接窗口，由它传递连接。或者点击此标签页地址左侧的图标，允许访问此设备上的应用，然后重新加载标签页。',
    },
    unanswered: {
      title: '等待您的许可',
      reason: '页面访问您自己的电脑之前，浏览器会先询问；也可能是网关没有运行。正在自动重试。',
      action: '浏览器询问时请选择允许。如果没有询问，请启动网关（`npm start` 或 `gemini-proxy serve`），或打开桥接窗口。',
    },
    blocked: {
      title: '无法连接网关',
      reason: '网关没有运行，或者浏览器不允许此预览访问您自己的电脑。正在自动重试。',
      action:
        '请启动网关：`npm start` 或 `gemini-proxy serve`。如果它已在运行，请打开桥接窗口：这是网关自己的小窗口，由它传递连接。也可以为网关配置 wss:// 地址并填入下方。',
    },
    'no-window': {
      title: '浏览器没有打开桥接窗口',
      reason: '此处不允许弹出窗口，或此页面无法与其通信。正在自动重试直接连接。',
      action:
        '请允许此标签页弹出窗口后再试。也可以为网关配置 wss:// 地址：使用 `--tls-cert` 和 `--tls-key` 启动，或通过隧道，然后将该地址填入下方。',
    },
    unreachable: {
      title: '未找到网关',
      reason: '该地址没有响应，正在自动重试。',
      action: '请启动网关：`npm start` 或 `gemini-proxy serve`。如果它已在运行，请检查下方的地址。',
    },
    'wrong-token': {
      title: '令牌错误',
      reason: '网关已找到，但不接受此令牌。',
      action: '请检查令牌：运行 `npm start -- --show-keys` 或 `gemini-proxy --show-keys` 可以查看。',
    },
    'wrong-version': {
      title: '页面与网关版本不匹配',
      reason: '双方使用的协议版本不同。',
      action: '请使用与网关同一版本的页面重新粘贴。',
    },
    replaced: { title: '已被接管', reason: '另一个页面接管了此连接。', action: '请使用另一个页面，或在此点击“连接”。' },
    stopped: { title: '未连接', reason: '当前没有请求通过此页面执行。', action: '请点击“连接”。' },
    deployed: {
      title: '不能在此使用',
      reason: '这是已部署的副本，任何知道地址的人都会使用您的密钥。',
      action: '请删除该部署，改用 AI Studio 中的预览。',
    },
    outside: {
      title: '请在 AI Studio 中打开此页面',
      reason: '单独打开时无法访问 Gemini，只有 AI Studio 的预览可以。',
      action: '请在 AI Studio 中打开该应用并使用其预览。',
    },
    'no-token': {
      title: '还差一步',
      reason: '网关需要确认此页面属于您。',
      action:
        '请把网关控制台中的配对链接粘贴到下方的地址框，然后点击“连接”。没有控制台时，运行 `npm start -- --show-keys` 或 `gemini-proxy --show-keys` 可以查看令牌。',
    },
    'not-websocket': { title: '请检查地址', reason: '网关地址不是 WebSocket 地址。', action: '地址应以 ws:// 或 wss:// 开头。' },
    'needs-wss': {
      title: '请检查地址',
      reason: '安全页面只能用 ws:// 连接您自己的电脑。',
      action: '其他位置的网关请使用 wss://。',
    },
  },
  shortStates: {
    ready: '就绪',
    'needs-interaction': '等待操作',
    probing: '检查中',
    refused: '被拒绝',
    'hook-absent': '无法访问',
    paused: '已暂停',
    held: '控制台已暂停',
    draining: '收尾中',
    released: '已被释放',
    frozen: '已冻结',
    connecting: '连接中',
    reconnecting: '重连中',
    'not-admitted': '不被接受',
    'not-allowed': '未获允许',
    unanswered: '等待许可',
    blocked: '无法连接',
    unreachable: '无网关',
    'wrong-token': '令牌错误',
    'wrong-version': '版本不符',
    replaced: '已被接管',
    stopped: '已停止',
  },
  nextStep: '下一步',
  details: '详情',
  readyCount: '{total} 个连接中有 {ready} 个就绪',
  openBridge: '打开桥接窗口',
  ways: { direct: '直接连接', bridge: '经由桥接窗口', secure: '加密连接' },
  connect: '连接',
  connectAnyway: '仍然连接',
  disconnect: '断开连接',
  disconnectNow: '立即断开',
  served: '已完成',
  failed: '失败',
  running: '进行中',
  bytesIn: '请求数据',
  bytesOut: '回答数据',
  reconnects: '重连次数',
  totals: '总计',
  connections: '连接',
  connectionCount: '连接数量',
  connectionCountHint: '对网关而言，每个连接都是独立的工作者。减少数量时，多余的连接会先完成手头的请求。',
  connectionColumn: '连接',
  stateColumn: '状态',
  lastRequest: '上一个请求',
  reconnectedTimes: '重连 {count} 次',
  controls: '控制',
  actions: { pause: '暂停', resume: '恢复', drain: '排空', start: '启动', cut: '切断', freeze: '冻结', thaw: '唤醒' },
  actionOf: '{action}：连接 {number}',
  actionHints: {
    pause: '不再接受新请求，进行中的继续。',
    drain: '完成进行中的请求，然后断开。',
    cut: '不告而别地断开套接字，随后自动重连。',
    freeze: '既不读取也不应答，如同被浏览器休眠的页面。',
  },
  inFlight: '进行中的请求',
  noInFlight: '当前没有请求。',
  moreInFlight: '另有 {count} 个',
  model: '模型',
  operation: '操作',
  time: '时间',
  settings: '网关',
  endpoint: '地址',
  endpointHint: '控制台中的配对链接；或本机用 ws://，其他位置用 wss://。',
  token: '工作令牌',
  tokenHint: '属于网关，与 Google 无关。仅保存在此浏览器中。',
  showToken: '显示',
  hideToken: '隐藏',
  account: '账号标签',
  accountHint: '为已登录账号任取的名称。标签相同的页面共享已上传的文件。',
  executor: '调用方式',
  executors: { fetch: '页面的 fetch', sdk: 'SDK @google/genai' },
  executorHints: {
    fetch: '通常的选择：字节原样传递，仅 embedContent（以单项批量发送）和上传的元数据除外。',
    sdk: '仅在 fetch 未获授权时使用：回答会重新输出，SDK 不认识的内容会丢失；上传最大 100 MiB，不支持 Live。',
  },
  log: '日志',
  emptyLog: '暂无内容。',
};

export const texts: Readonly<Record<Language, Texts>> = { en, zh };

/** Chinese for browsers that prefer it, English for all others. */
export function toLanguage(browserLanguage: string): Language {
  return browserLanguage.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Puts values into the `{places}` of a text. */
export function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
