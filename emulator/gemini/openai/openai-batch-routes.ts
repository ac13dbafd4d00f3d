import type { OperationName } from '@gemini-proxy/gemini';
import { type Call, type Route, whole } from '../answer.ts';
import { text, toMessage } from '../proto-json.ts';
import { randomId } from '../resources/random-id.ts';

const ID_LENGTH = 36;

/** Batches in OpenAI's form, over a file of the Gemini API: the service takes no files in OpenAI's own way. */
export const OPENAI_BATCH_ROUTES: Partial<Record<OperationName, Route>> = {
  'openai.batches.create': {
    isGeneration: false,
    answer: ({ account, body, resources: { files, records } }) => {
      const { input_file_id: fileId, endpoint, completion_window: window } = toMessage(body);
      files.requireActive(account, String(fileId ?? ''));
      const id = `batches/${randomId(ID_LENGTH)}`;
      const batch = {
        id,
        object: 'batch',
        endpoint,
        input_file_id: fileId,
        completion_window: window,
        created_at: Math.floor(Date.parse(records.timestamp()) / 1000),
      };
      records.create(account, id, { ...batch, status: 'completed' });
      return whole({ ...batch, status: 'validating' });
    },
  },
  'openai.batches.list': {
    isGeneration: false,
    answer: ({ account, query, resources: { records } }) => {
      const { batches } = toMessage(records.list(account, 'batches', 'batches', query));
      const data = (Array.isArray(batches) ? batches.map(toMessage) : []).filter(({ object }) => object === 'batch').map(unnamed);
      return whole({ object: 'list', data, has_more: false });
    },
  },
  'openai.batches.get': { isGeneration: false, answer: (call) => whole(unnamed(batchOf(call))) },
  'openai.batches.cancel': {
    isGeneration: false,
    answer: (call) => {
      const { account, resources } = call;
      const batch = batchOf(call);
      return whole(unnamed(toMessage(resources.records.update(account, text(batch, 'name'), { status: 'cancelled' }))));
    },
  },
};

function batchOf({ account, target, resources: { records } }: Call) {
  const id = target.replace(/^openai\/batches\/(?:batches\/)?/, '').replace(/\/cancel$/, '');
  return toMessage(records.get(account, `batches/${id}`));
}

function unnamed({ name: _, ...batch }: Readonly<Record<string, unknown>>): unknown {
  return batch;
}
