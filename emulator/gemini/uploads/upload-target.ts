import { apiErrors } from '../errors.ts';
import { parseFileMetadata } from '../resources/file-metadata.ts';
import type { FileContent, FileStore } from '../resources/file-store.ts';
import type { ContentLimits } from './content-meter.ts';

/** What an upload is for. */
export interface UploadTarget {
  readonly limits: ContentLimits;
  /** Checks what the client says about the content, before any of it comes, and returns what to do with it. */
  prepare(metadata: unknown, mimeType: string | undefined): (content: FileContent) => unknown;
}

export function fileTarget(owner: string, files: FileStore): UploadTarget {
  return {
    limits: files.options,
    prepare: (body, mimeType) => {
      const said = parseFileMetadata(body);
      const metadata = { ...said, mimeType: said.mimeType ?? mimeType };
      files.requireFree(metadata);
      return (content) => ({ file: files.print(files.create(owner, metadata, content)) });
    },
  };
}

/** Complains where fewer or more bytes have come than were promised. */
export function requireDeclaredSize(bytes: number, declaredBytes: number | undefined): void {
  if (declaredBytes !== undefined && bytes !== declaredBytes) {
    throw apiErrors.invalidArgument(`Upload has ${bytes} bytes, but ${declaredBytes} were announced.`);
  }
}
