import type { WorkerKind } from '@gemini-proxy/protocol';
import type { Adaptation } from './adaptation.ts';
import { embedContentAsBatch } from './embed-content-as-batch.ts';
import { uploadTypeInMetadata } from './upload-type-in-metadata.ts';

/**
 * What AI Studio's hook is known not to serve, each with the way around it. At most one applies to a request.
 *
 * | call | the hook | adaptation |
 * | --- | --- | --- |
 * | `:embedContent` | 404 | `embed-content-as-batch`: `:batchEmbedContents` of one, and back |
 * | start of an upload | loses the header with the file's type | `upload-type-in-metadata`: the type stands in the metadata, too |
 *
 * Two more need no adaptation, since no call of a worker carries a client's credentials: an upload with any is refused, and so
 * is a GET with a `key` query.
 */
const hookAdaptations: readonly Adaptation[] = [embedContentAsBatch, uploadTypeInMetadata];

/** The adaptations for a worker that calls through `fetch`; none but behind the hook. */
export function adaptationsFor(kind: WorkerKind): readonly Adaptation[] {
  return kind === 'aistudio' ? hookAdaptations : [];
}
