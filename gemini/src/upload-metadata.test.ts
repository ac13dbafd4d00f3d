import { describe, expect, it } from 'vitest';
import { changeUploadMetadata, withMimeType, withoutName } from './upload-metadata.ts';

const files = '/upload/v1beta/files?key=k';
const store = '/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore';
const change = (path: string, metadata: string, by: Parameters<typeof changeUploadMetadata>[2]) =>
  new TextDecoder().decode(changeUploadMetadata(new TextEncoder().encode(metadata), path, by));
const typed = (path: string, metadata: string) => change(path, metadata, (file) => withMimeType(file, 'image/png'));

describe('the metadata of an upload', () => {
  it.each([
    ['', '{"file":{"mimeType":"image/png"}}'],
    ['{}', '{"file":{"mimeType":"image/png"}}'],
    [`{'file': {'display_name': 'TEXT',},}`, '{"file":{"display_name":"TEXT","mimeType":"image/png"}}'],
  ])('gets the type where it is not: %j', (metadata, expected) => {
    expect(typed(files, metadata)).toBe(expected);
  });

  it('gets it at the top where it is that of a document', () => {
    expect(typed(store, '{"displayName":"d"}')).toBe('{"displayName":"d","mimeType":"image/png"}');
  });

  it.each(['{"file":  {"mimeType":"a/b"}}', '{"file":{"mime_type":"a/b"}}', '{"file":[]}', '[1]', 'hello {', '{"file":"x"}'])(
    'stays as it is where it has the type, or cannot be read: %j',
    (metadata) => {
      expect(typed(files, metadata)).toBe(metadata);
    },
  );

  it('loses the name that the client has chosen, and nothing else', () => {
    const metadata = '{"file":{"name":"files/mine","displayName":"d"},"x":1}';
    expect(change(files, metadata, withoutName)).toBe('{"file":{"displayName":"d"},"x":1}');
    expect(change(files, '{"file": {"displayName":"d"}}', withoutName)).toBe('{"file": {"displayName":"d"}}');
  });
});
