export { createAdaptingExecutor } from './adaptations/adaptation.ts';
export { adaptationsFor } from './adaptations/hook-adaptations.ts';
export type { BridgeRefusal } from './bridge/bridge-messages.ts';
export { type BridgePage, type BridgeState, BridgeWindow, type BridgeWindowOptions } from './bridge/bridge-window.ts';
export type { BrowserClockParts, BrowserConnectOptions } from './browser.ts';
export { createBrowserClock, createBrowserConnect, createPageFlush } from './browser.ts';
export { createWorker } from './create-worker.ts';
export { defaultDeadlines } from './deadlines.ts';
export type { FetchExecutorOptions } from './fetch-executor.ts';
export { createFetchExecutor } from './fetch-executor.ts';
export type { Refusal } from './probe-verdict.ts';
export { workerReasons } from './reasons.ts';
export type { BrowserSocketOptions } from './socket/browser-socket.ts';
export { createBrowserSocketExecutor } from './socket/browser-socket.ts';
export type { ExecuteSocket, SocketRefusal, UpstreamSocket, UpstreamSocketEvents } from './socket/upstream-socket.ts';
export type {
  EndedRequest,
  Execute,
  InFlightRequest,
  Intake,
  LastClose,
  LogEntry,
  RequestBody,
  RequestBodyStream,
  UpstreamResponse,
  Worker,
  WorkerDeadlines,
  WorkerDebugState,
  WorkerOptions,
  WorkerSnapshot,
} from './worker.ts';
