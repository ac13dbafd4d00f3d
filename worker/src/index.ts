export type {
  Execute,
  InFlightRequest,
  LogEntry,
  RequestBody,
  UpstreamResponse,
  Worker,
  WorkerDeadlines,
  WorkerDebugState,
  WorkerOptions,
  WorkerSnapshot,
} from './worker.ts';
