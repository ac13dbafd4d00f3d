import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameScanner } from './name-scanner.ts';
import { Renaming } from './renaming.ts';

function cut(body: Uint8Array<ArrayBuffer>, pieceBytes: number): Uint8Array<ArrayBuffer>[] {
  const count = Math.ceil(body.length / pieceBytes);
  return Array.from({ length: count }, (_, index) => body.subarray(index * pieceBytes, (index + 1) * pieceBytes));
}

async function* pieces(all: readonly Uint8Array<ArrayBuffer>[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* all;
}

/** Scans a body and renames it, both cut in pieces of their own. */
async function rename(text: string, names: Readonly<Record<string, string>>, scanBytes = 7, readBytes = 5) {
  const body = Buffer.from(text);
  const scanner = new NameScanner();
  for (const piece of cut(body, scanBytes)) scanner.push(piece);
  scanner.finish();
  const renaming = new Renaming(scanner.places() ?? [], new Map(Object.entries(names)));
  const renamed: Uint8Array[] = [];
  for await (const piece of renaming.body(pieces(cut(body, readBytes)))) renamed.push(piece);
  const result = Buffer.concat(renamed);
  expect(result.length).toBe(body.length + renaming.addedBytes);
  return result.toString();
}

const uri = 'https://generativelanguage.googleapis.com/v1beta/files/abc';

describe('renaming', () => {
  it.each([
    [`{"fileUri": "${uri}"}`, `{"fileUri": "${uri.replace('abc', 'a-much-longer-name')}"}`],
    [
      `{'fileUri':'${uri}:download', "x":"files/abcd"}`,
      `{'fileUri':'${uri.replace('abc', 'a-much-longer-name')}:download', "x":"files/abcd"}`,
    ],
    ['{"a":"files\\/abc","b":"files/abc"}', '{"a":"files/a-much-longer-name","b":"files/a-much-longer-name"}'],
    [
      '{"text":"about files/abc, \\"files/abc\\"", "ä":"files/abc"}',
      '{"text":"about files/abc, \\"files/abc\\"", "ä":"files/a-much-longer-name"}',
    ],
    ['{"text":"none"}', '{"text":"none"}'],
  ])('changes the name and nothing else in %s', async (body, expected) => {
    expect(await rename(body, { 'files/abc': 'files/a-much-longer-name' })).toBe(expected);
  });

  it('is the same wherever the body is cut', async () => {
    const file = fc.record({ id: fc.stringMatching(/^[a-z0-9]{1,12}$/), gap: fc.nat(9_000), isUri: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(file, { maxLength: 6, selector: ({ id }) => id }),
        fc.stringMatching(/^[a-z0-9]{1,40}$/),
        fc.integer({ min: 1, max: 30_000 }),
        fc.integer({ min: 1, max: 30_000 }),
        async (files, newId, scanBytes, readBytes) => {
          const moved = files.slice(0, 3);
          const names = Object.fromEntries(moved.map(({ id }) => [`files/${id}`, `files/${newId}`]));
          const print = (idOf: (id: string) => string) =>
            JSON.stringify({
              parts: files.map(({ id, gap, isUri }) => ({
                text: `${'ü'.repeat(gap)} files/${id} `,
                fileUri: `${isUri ? 'https://host/v1beta/' : ''}files/${idOf(id)}`,
              })),
            });
          const renamed = await rename(
            print((id) => id),
            names,
            scanBytes,
            readBytes,
          );
          expect(renamed).toBe(print((id) => (names[`files/${id}`] === undefined ? id : newId)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('changes the name in a path', () => {
    const renaming = new Renaming([], new Map([['files/abc', 'files/new']]));
    expect(renaming.path('/v1beta/files/abc:download?alt=media')).toBe('/v1beta/files/new:download?alt=media');
    expect(renaming.path('/v1beta/files%2Fabc:download')).toBe('/v1beta/files/new:download');
    expect(renaming.path('/v1beta/files/abcd')).toBe('/v1beta/files/abcd');
  });

  it('gives up where there are too many names to remember', () => {
    const scanner = new NameScanner();
    scanner.push(Buffer.from(`[${'"files/abc",'.repeat(5_000)}"files/abc"]`));
    expect(scanner.finish()).toEqual(['files/abc']);
    expect(scanner.places()).toBeUndefined();
  });
});
