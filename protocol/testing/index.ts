export { sessionConformance } from './conformance.ts';
export type { ConformancePair, ConformanceTarget } from './conformance-link.ts';
export { ConformanceWorker, type ConformanceWorkerOptions, type WorkerReport } from './conformance-worker.ts';
export { FakeClock } from './fake-clock.ts';
export { FlushQueue } from './flush-queue.ts';
export { type NaiveFrame, naiveDecode, naiveEncode } from './naive-codec.ts';
export { realClock } from './real-clock.ts';
export { RecordedSocket, RecordedStream } from './recorded-stream.ts';
export { ScriptedTransport } from './scripted-transport.ts';
export {
  type Exchange,
  exampleHandshake,
  exampleHello,
  exampleRequest,
  exampleWelcome,
  SessionPair,
  type SessionPairOptions,
  type SocketExchange,
} from './session-pair.ts';
export { MemoryTransport, transportPair } from './transport-pair.ts';
