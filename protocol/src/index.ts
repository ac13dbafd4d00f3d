export type { Clock } from './clock.ts';
export { isSendableCloseCode, toCloseReason } from './close-reason.ts';
export { decodeMessage, encodeCreditFrame, encodeFrame, type FrameSink, readCredit } from './codec.ts';
export {
  isProtocolErrorCode,
  isStreamErrorCode,
  ProtocolError,
  type ProtocolErrorCode,
  protocolErrors,
  StreamError,
  type StreamErrorCode,
  streamErrors,
  toProtocolError,
} from './errors.ts';
export {
  endFlag,
  type FrameName,
  type FrameRule,
  type FrameType,
  frameHeaderBytes,
  frameRules,
  messageEndFlag,
  textFlag,
} from './frame.ts';
export { createGatewaySession } from './gateway-session.ts';
export { defaultLimits, type SessionLimits } from './limits.ts';
export type {
  Goaway,
  HeaderList,
  Hello,
  Hold,
  RequestHead,
  ResponseHead,
  ResumeOffer,
  ResumeRequest,
  SocketClose,
  StreamKind,
  Welcome,
  WorkerKind,
  WorkerStatus,
} from './messages.ts';
export { holdCapability, protocolVersion } from './parse-messages.ts';
export { Roster } from './roster.ts';
export type {
  GatewaySession,
  GatewaySessionEvents,
  Resumption,
  Session,
  SessionDebugState,
  SessionOptions,
  WorkerSession,
  WorkerSessionEvents,
} from './session.ts';
export type { ServedSocketStream, ServedStream, SocketStream, SocketStreamEvents, Stream, StreamEvents } from './stream.ts';
export type { Connect, Transport, TransportEvents } from './transport.ts';
export { createWorkerSession } from './worker-session.ts';

/** The WebSocket subprotocol of both sides. */
export const subprotocol = 'gemini-proxy.v1';
