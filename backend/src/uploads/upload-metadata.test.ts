import { describe, expect, it } from 'vitest';
import { withMimeType } from './upload-metadata.ts';

function typed(metadata: string, contentType: string | undefined, isFile = true): string {
  return Buffer.from(withMimeType(Buffer.from(metadata), { contentType, isFile })).toString();
}

describe('withMimeType', () => {
  it.each([
    ['', '{"file":{"mimeType":"image/png"}}'],
    ['{}', '{"file":{"mimeType":"image/png"}}'],
    [`{'file': {'display_name': 'TEXT',},}`, '{"file":{"display_name":"TEXT","mimeType":"image/png"}}'],
  ])('adds the type to %j', (metadata, expected) => {
    expect(typed(metadata, 'image/png')).toBe(expected);
  });

  it('adds it at the top of the metadata of a document', () => {
    expect(typed('{"displayName":"d"}', 'text/plain', false)).toBe('{"displayName":"d","mimeType":"text/plain"}');
  });

  it.each(['{"file":  {"mimeType":"a/b"}}', '{"file":{"mime_type":"a/b"}}', '{"file":[]}', '[1]', 'hello {', '{"file":"x"}'])(
    'leaves %j as it is',
    (metadata) => {
      expect(typed(metadata, 'image/png')).toBe(metadata);
    },
  );

  it('leaves metadata alone where no type is known', () => {
    expect(typed('{ "file": {} }', undefined)).toBe('{ "file": {} }');
  });
});
