import { describe, expect, it } from 'vitest';
import { parseContentRange } from './content-range.ts';

describe('parseContentRange', () => {
  it.each([
    ['bytes 0-99/200', { first: 0, last: 99, totalBytes: 200 }],
    ['bytes 100-199/200', { first: 100, last: 199, totalBytes: 200 }],
    ['bytes 0-262143/*', { first: 0, last: 262143, totalBytes: undefined }],
    ['bytes */200', { first: undefined, last: undefined, totalBytes: 200 }],
    ['bytes */0', { first: undefined, last: undefined, totalBytes: 0 }],
    ['bytes */*', { first: undefined, last: undefined, totalBytes: undefined }],
    ['bytes=0-1/2', { first: 0, last: 1, totalBytes: 2 }],
  ])('reads %s', (text, expected) => {
    expect(parseContentRange(text)).toEqual(expected);
  });

  it.each(['', 'bytes', 'bytes 5-4/10', 'bytes 0-10/10', 'bytes 0-/10', 'bytes -1/10', 'chars 0-1/2', 'bytes 0-1/2, 3-4/5'])(
    'refuses %j',
    (text) => {
      expect(parseContentRange(text)).toBeUndefined();
    },
  );
});
