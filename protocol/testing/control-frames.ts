import { frameRules } from '../src/index.ts';
import { naiveEncode } from './naive-codec.ts';

/** A message that acknowledges so many. */
export function ack(messageCount: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(messageCount));
  return naiveEncode([{ type: frameRules.ack.type, flags: 0, stream: 0, payload }]);
}

/** A message with a ping of zeros. */
export function ping(): Uint8Array<ArrayBuffer> {
  return naiveEncode([{ type: frameRules.ping.type, flags: 0, stream: 0, payload: new Uint8Array(8) }]);
}
