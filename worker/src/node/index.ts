export { createNodeClock, flushAfterTurn } from './event-loop.ts';
export type { KeyedWorker, KeyedWorkerOptions } from './keyed-worker.ts';
export { startKeyedWorker } from './keyed-worker.ts';
export type { UndiciExecutor, UndiciExecutorOptions } from './undici-executor.ts';
export { createUndiciExecutor } from './undici-executor.ts';
export { websocketConnect } from './websocket-connect.ts';
