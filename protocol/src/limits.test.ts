import { describe, expect, it } from 'vitest';
import { assertLimits, defaultLimits, minBufferedBytes, type SessionLimits } from './limits.ts';

describe('assertLimits', () => {
  it.each<[string, Partial<SessionLimits>]>([
    ['the defaults', {}],
    ['the smallest buffer', { maxBufferedBytes: minBufferedBytes }],
    ['a message that just holds a head and data', { maxHeadBytes: 1000, maxDataBytes: 100, maxMessageBytes: 1120 }],
  ])('takes %s', (_, limits) => {
    expect(() => assertLimits({ ...defaultLimits, ...limits })).not.toThrow();
  });

  it.each<[string, Partial<SessionLimits>]>([
    ['maxMessageBytes', { maxHeadBytes: 1000, maxDataBytes: 100, maxMessageBytes: 1119 }],
    ['maxFramesPerMessage', { maxFramesPerMessage: 1 }],
    ['maxDataBytes', { maxDataBytes: 0 }],
    ['maxBufferedBytes', { maxBufferedBytes: minBufferedBytes - 1 }],
  ])('names %s where it could not work', (name, limits) => {
    expect(() => assertLimits({ ...defaultLimits, ...limits })).toThrow(new RegExp(`^${name}: expected at least`));
  });
});
