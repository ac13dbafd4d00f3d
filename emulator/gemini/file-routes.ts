import type { OperationName } from '@gemini-proxy/gemini';
import { type Route, whole } from './answer.ts';
import { apiErrors } from './errors.ts';
import { parseFileMetadata } from './resources/file-metadata.ts';

const EMPTY_CONTENT = {
  bytes: 0,
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  kept: Buffer.alloc(0),
};

export const FILE_ROUTES: Partial<Record<OperationName, Route>> = {
  'files.create': {
    isGeneration: false,
    answer: ({ account, body, resources: { files } }) =>
      whole({ file: files.print(files.create(account, parseFileMetadata(body), EMPTY_CONTENT)) }),
  },
  'files.list': {
    isGeneration: false,
    answer: ({ account, query, resources: { files } }) => whole(files.list(account, query)),
  },
  'files.get': {
    isGeneration: false,
    answer: ({ account, resourceId, resources: { files } }) => whole(files.print(files.require(account, resourceId))),
  },
  'files.delete': {
    isGeneration: false,
    answer: ({ account, resourceId, resources: { files } }) => {
      files.delete(account, resourceId);
      return whole({});
    },
  },
  'files.download': {
    isGeneration: false,
    answer: ({ account, resourceId, resources: { files } }) => {
      const { kept, mimeType } = files.require(account, resourceId);
      if (kept === undefined) throw apiErrors.failedPrecondition(`The bytes of the File ${resourceId} are not kept.`);
      return { kind: 'bytes', contentType: mimeType, body: kept };
    },
  },
  /** Takes files of Cloud Storage, for which it wants a person's consent, not a key. */
  'files.register': {
    isGeneration: false,
    answer: () => {
      throw apiErrors.keysNotSupported();
    },
  },
};
