import { type OperationName, parseResourceName } from '@gemini-proxy/gemini';
import { type Route, whole } from './answer.ts';
import { deleteRoute, getRoute } from './batch-routes.ts';
import { apiErrors } from './errors.ts';
import { field, text, toMessage } from './proto-json.ts';
import type { FileContent, FileStore } from './resources/file-store.ts';
import { randomId } from './resources/random-id.ts';
import type { RecordStore } from './resources/record-store.ts';
import type { UploadTarget } from './uploads/upload-target.ts';

const ID_LENGTH = 12;
const MAX_STORE_UPLOAD_BYTES = 100 * 1024 * 1024;

/** File search stores and their documents. */
export const STORE_ROUTES: Partial<Record<OperationName, Route>> = {
  'fileSearchStores.create': {
    isGeneration: false,
    answer: ({ account, body, resources: { records } }) => {
      const displayName = text(toMessage(body), 'displayName');
      const slug = displayName
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '')
        .slice(0, 20);
      const name = `fileSearchStores/${slug === '' ? '' : `${slug}-`}${randomId(ID_LENGTH)}`;
      const createTime = records.timestamp();
      return whole(
        records.create(account, name, { ...(displayName === '' ? {} : { displayName }), createTime, updateTime: createTime }),
      );
    },
  },
  'fileSearchStores.list': {
    isGeneration: false,
    answer: ({ account, query, resources: { records } }) =>
      whole(records.list(account, 'fileSearchStores', 'fileSearchStores', query)),
  },
  'fileSearchStores.get': getRoute(),
  'fileSearchStores.delete': {
    isGeneration: false,
    answer: ({ account, target, query, resources: { records } }) => {
      if (query.get('force') !== 'true' && records.hasBelow(account, target, 'documents')) {
        throw apiErrors.failedPrecondition('Cannot delete non-empty FileSearchStore.');
      }
      records.delete(account, target);
      return whole({});
    },
  },
  'fileSearchStores.importFile': {
    isGeneration: false,
    answer: ({ account, target, body, resources: { files, records } }) => {
      records.get(account, target);
      const id = parseResourceName(text(toMessage(body), 'fileName'))?.id ?? '';
      const { displayName, mimeType, bytes } = files.require(account, id);
      return whole(addDocument(records, { account, store: target, displayName: displayName ?? id, mimeType, bytes }));
    },
  },
  'documents.list': {
    isGeneration: false,
    answer: ({ account, target, query, resources: { records } }) => {
      records.get(account, target.replace(/\/documents$/, ''));
      return whole(records.list(account, target, 'documents', query));
    },
  },
  'documents.get': getRoute(),
  'documents.delete': deleteRoute(),
};

/** An upload that goes straight into a store. */
export function storeTarget(account: string, store: string, files: FileStore, records: RecordStore): UploadTarget {
  records.get(account, store);
  return {
    limits: { ...files.options, maxFileBytes: Math.min(files.options.maxFileBytes, MAX_STORE_UPLOAD_BYTES) },
    prepare: (body, mimeType) => {
      const message = toMessage(body);
      const displayName = text(message, 'displayName');
      const type = text(message, 'mimeType') || mimeType || 'application/octet-stream';
      if (field(message, 'file') !== undefined) throw apiErrors.unknownFields(['file']);
      return ({ bytes }: FileContent) => addDocument(records, { account, store, displayName, mimeType: type, bytes });
    },
  };
}

interface NewDocument {
  readonly account: string;
  readonly store: string;
  readonly displayName: string;
  readonly mimeType: string;
  readonly bytes: number;
}

function addDocument(records: RecordStore, { account, store, displayName, mimeType, bytes }: NewDocument): unknown {
  const documentName = `${store}/documents/${randomId(ID_LENGTH)}`;
  const createTime = records.timestamp();
  records.create(account, documentName, {
    displayName,
    createTime,
    updateTime: createTime,
    state: 'STATE_ACTIVE',
    sizeBytes: String(bytes),
    mimeType,
  });
  const response = { parent: store, documentName, mimeType, sizeBytes: String(bytes) };
  return records.createOperation(account, `${store}/operations/${randomId(ID_LENGTH)}`, { metadata: {}, response });
}
