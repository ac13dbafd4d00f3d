import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findResourceNames, locateResourceNames } from './find-resource-names.ts';

const encoder = new TextEncoder();
const find = (text: string) => findResourceNames(encoder.encode(text));
const URI = 'https://generativelanguage.googleapis.com/v1beta/files/abc';

describe('findResourceNames', () => {
  it.each([
    ['a URI', `{"fileData":{"fileUri":"${URI}"}}`, ['files/abc']],
    ['escaped slashes', `{"fileUri":"${URI.replaceAll('/', '\\/')}"}`, ['files/abc']],
    ['slashes as code points', '{"fileUri":"files\\u002fabc"}', ['files/abc']],
    ['single quotes', `{'cached_content': 'cachedContents/abc', }`, ['cachedContents/abc']],
    ['mixed quotes', `{"file_data":{"mime_type": "a/b", "file_uri": '${URI}'}}`, ['files/abc']],
    ['whitespace around', '{"cachedContent" :\n\t"cachedContents/abc" \r\n}', ['cachedContents/abc']],
    [
      'lists',
      '{"fileSearchStoreNames":["fileSearchStores/a","fileSearchStores/b"]}',
      ['fileSearchStores/a', 'fileSearchStores/b'],
    ],
    ['a download URI', `{"uri":"${URI}:download?alt=media"}`, ['files/abc']],
    ['an address of a gateway', '{"fileUri":"http://127.0.0.1:8080/x/v1/files/abc"}', ['files/abc']],
    ['the same name twice', `{"a":"${URI}","b":"files/abc","c":"files/abd"}`, ['files/abc', 'files/abd']],
    ['an interaction', '{"previous_interaction_id" : "v1_Ab-9"}', ['interactions/v1_Ab-9']],
    ['a batch', '{"batch":{"inputConfig":{"fileName":"files/in"}}}', ['files/in']],
  ])('finds names in %s', (_, text, names) => {
    expect(find(text)).toEqual(names);
  });

  it.each([
    ['a sentence', '{"text":"see files/abc for it"}'],
    ['a quotation in a text', '{"text":"he wrote \\"files/abc\\", twice"}'],
    ['JSON in a text', `{"text":"{\\"fileUri\\":\\"${URI}\\"}"}`],
    ['no interaction', '{"previous_interaction_id": null, "previous_interaction": "a"}'],
    ['a key', '{"files/abc": 1}'],
    ['a path', '{"path":"src/files/abc"}'],
    ['another host without a version', '{"url":"https://example.com/files/abc"}'],
    ['an unfinished string', '{"fileUri":"files/abc'],
    ['a name that goes on', '{"a":"files/abc d"}'],
    ['nothing', ''],
  ])('finds none in %s', (_, text) => {
    expect(find(text)).toEqual([]);
  });

  it('finds every name in its place, whatever stands around it', () => {
    const id = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);
    const name = fc.tuple(fc.constantFrom('files', 'cachedContents'), id).map((pair) => pair.join('/'));
    const form = fc.constantFrom(
      (text: string) => text,
      (text: string) => `https://generativelanguage.googleapis.com/v1beta/${text}`,
    );
    const spell = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.replaceAll('/', '\\/'),
    );
    const request = fc.record({
      before: fc.json(),
      after: fc.json(),
      key: fc.string(),
      name,
      form,
      spell,
      indent: fc.constantFrom(0, 2),
    });
    fc.assert(
      fc.property(request, ({ before, after, key, name, form, spell, indent }) => {
        const value = { before: JSON.parse(before), [`k${key}`]: form(name), after: JSON.parse(after) };
        expect(find(spell(JSON.stringify(value, undefined, indent)))).toContain(name);
      }),
    );
  });

  it.each([
    ['a URI', `{"fileUri": "${URI}"}`, 'files/abc'],
    ['a URI with more behind it', `{"fileUri": "${URI}:download?alt=media"}`, 'files/abc'],
    ['escaped slashes', `{"fileUri":"${URI.replaceAll('/', '\\/')}"}`, 'files\\/abc'],
    ['slashes as code points, and one behind', '{"a":"files\\u002fabc\\u002fd"}', 'files\\u002fabc'],
    ['single quotes behind other letters', `{"ä": 1, 'uri': 'files/abc'}`, 'files/abc'],
  ])('says where the name is in %s', (_, text, spelled) => {
    const body = encoder.encode(text);
    const places = [...locateResourceNames(body)].map(({ name, start, end }) => ({
      name,
      text: new TextDecoder().decode(body.subarray(start, end)),
    }));
    expect(places).toEqual([{ name: 'files/abc', text: spelled }]);
  });

  it('never throws, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc
        .array(fc.constantFrom('"', "'", 'files/', 'a', '\\', ':', ',', 'http://', '/v1/', ' '))
        .map((parts) => encoder.encode(parts.join(''))),
    );
    fc.assert(fc.property(bytes, (body) => Array.isArray(findResourceNames(body))));
  });
});
