import { apiErrors } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { parseJsonBytes } from '../request-body.ts';
import type { FileContent } from '../resources/file-store.ts';
import { ContentMeter } from './content-meter.ts';
import { boundaryOf, MultipartParser, type PartHeaders } from './multipart-related.ts';
import type { UploadTarget } from './upload-target.ts';

const MAX_METADATA_BYTES = 1024 * 1024;

/** Takes a body that is the file and nothing else, and returns the answer. */
export async function receiveRaw(exchange: Exchange, target: UploadTarget): Promise<unknown> {
  const finish = target.prepare(
    undefined,
    mimeTypeOf(exchange.header('x-goog-upload-header-content-type') ?? exchange.header('content-type')),
  );
  const meter = new ContentMeter(target.limits);
  await exchange.consumeBody((chunk) => meter.update(chunk));
  return finish(meter.content());
}

/** Takes a body of two parts, the metadata as JSON and the file, and returns the answer. */
export async function receiveMultipart(exchange: Exchange, target: UploadTarget): Promise<unknown> {
  const boundary = boundaryOf(exchange.header('content-type'));
  if (boundary === undefined) throw apiErrors.invalidArgument('Missing multipart boundary.');
  const meter = new ContentMeter(target.limits);
  const metadata: Buffer[] = [];
  let metadataBytes = 0;
  let parts = 0;
  let finish: ((content: FileContent) => unknown) | undefined;
  const parser = new MultipartParser(boundary, {
    onPart: (headers: PartHeaders) => {
      parts += 1;
      if (parts === 2) finish = target.prepare(jsonOf(metadata), mimeTypeOf(headers.get('content-type')));
    },
    onBytes: (bytes) => {
      if (parts === 2) return meter.update(bytes);
      metadataBytes += bytes.byteLength;
      if (metadataBytes > MAX_METADATA_BYTES) throw apiErrors.bodyTooLarge(MAX_METADATA_BYTES);
      metadata.push(Buffer.from(bytes));
    },
  });
  await exchange.consumeBody((chunk) => parser.update(chunk));
  parser.end();
  if (parts !== 2 || finish === undefined) throw apiErrors.invalidArgument('A multipart upload has exactly two parts.');
  return finish(meter.content());
}

function jsonOf(chunks: readonly Buffer[]): unknown {
  const bytes = Buffer.concat(chunks);
  return bytes.byteLength === 0 ? undefined : parseJsonBytes(bytes);
}

function mimeTypeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim() || undefined;
}
