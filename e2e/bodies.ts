import { Buffer } from 'node:buffer';
import fc from 'fast-check';

const maxBytes = 20 * 1024 * 1024;

export interface GeneratedBody {
  readonly note: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

/**
 * Bodies such as clients send and a re-serialising proxy would change: any JSON in any spelling, any UTF-8, lenient JSON (single quotes, trailing
 * commas), bytes that are no text at all; 1 B to 20 MiB. The same seed gives the same bodies.
 */
export function generateBodies(count: number, seed: number): GeneratedBody[] {
  const kinds: readonly (() => fc.Arbitrary<string | Uint8Array>)[] = [strictJson, spacedJson, lenientJson, anyText, anyBytes];
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? strictJson;
    const small = Buffer.from(fc.sample(kind(), { numRuns: 1, seed: seed + index })[0] ?? '{}');
    const bytes = grow(small, sizeOf(index, count));
    return { note: `${index}: ${kind.name}, ${bytes.length} bytes`, bytes };
  });
}

/** Most bodies as generated; one in ten grown, by a factor that rises evenly on a logarithmic scale, the last to the largest size; the first is one byte. */
function sizeOf(index: number, count: number): number | undefined {
  if (index === 0) return 1;
  if (index === count - 1) return maxBytes;
  if (index % 10 !== 9) return undefined;
  return Math.round(1024 * (maxBytes / 1024) ** ((index % 100) / 100));
}

function grow(small: Buffer<ArrayBuffer>, size: number | undefined): Buffer<ArrayBuffer> {
  if (size === undefined) return small.length > 0 ? small : Buffer.from('0');
  const unit = small.length > 0 ? small : Buffer.from('0');
  return Buffer.alloc(size, unit);
}

function strictJson(): fc.Arbitrary<string> {
  return fc.json({ stringUnit: 'binary' });
}

function spacedJson(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.jsonValue({ stringUnit: 'grapheme' }), fc.constantFrom(1, 2, '\t', ' \r\n'))
    .map(([value, indent]) => `\r\n ${JSON.stringify(value, null, indent)}\n\n`);
}

/** As in Google's own samples for curl: single quotes and trailing commas. */
function lenientJson(): fc.Arbitrary<string> {
  const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll(/['\\]/g, '_'));
  return fc
    .array(fc.tuple(text, text), { minLength: 1 })
    .map((pairs) => `{${pairs.map(([key, value]) => `'${key}': {'text': '${value}',},`).join('\n')}}`);
}

function anyText(): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', minLength: 1 });
}

function anyBytes(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: 1, maxLength: 4096 });
}
