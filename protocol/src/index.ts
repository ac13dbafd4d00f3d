export type { Clock } from './clock.ts';
export {
  ProtocolError,
  type ProtocolErrorCode,
  protocolErrors,
  StreamError,
  type StreamErrorCode,
  streamErrors,
} from './errors.ts';
export { defaultLimits, type SessionLimits } from './limits.ts';
export type { Goaway, HeaderList, Hello, RequestHead, ResponseHead, Welcome, WorkerKind, WorkerStatus } from './messages.ts';
export type {
  GatewaySession,
  GatewaySessionEvents,
  Session,
  SessionDebugState,
  SessionOptions,
  WorkerSession,
  WorkerSessionEvents,
} from './session.ts';
export type { ServedStream, Stream, StreamEvents } from './stream.ts';
export type { Connect, Transport, TransportEvents } from './transport.ts';
