export { FakeClock } from './fake-clock.ts';
export { FlushQueue } from './flush-queue.ts';
export { type NaiveFrame, naiveDecode, naiveEncode } from './naive-codec.ts';
export { ScriptedTransport } from './scripted-transport.ts';
export { MemoryTransport, transportPair } from './transport-pair.ts';
