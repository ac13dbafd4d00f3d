import type { OperationName } from '@gemini-proxy/gemini';
import { type Route, whole } from './answer.ts';
import { deleteRoute, getRoute } from './batch-routes.ts';
import { text, toMessage } from './proto-json.ts';
import { randomId } from './resources/random-id.ts';

const ID_LENGTH = 12;

/** Corpora, without documents, which the service has given up; and who may use a corpus or a tuned model. */
export const CORPUS_ROUTES: Partial<Record<OperationName, Route>> = {
  'corpora.create': {
    isGeneration: false,
    answer: ({ account, body, resources: { records } }) => {
      const message = toMessage(body);
      const name = text(message, 'name') || `corpora/${randomId(ID_LENGTH)}`;
      const createTime = records.timestamp();
      return whole(
        records.create(account, name, { displayName: text(message, 'displayName'), createTime, updateTime: createTime }),
      );
    },
  },
  'corpora.list': listRoute('corpora'),
  'corpora.get': getRoute(),
  'corpora.patch': {
    isGeneration: false,
    answer: ({ account, target, body, resources: { records } }) => {
      const change = { displayName: text(toMessage(body), 'displayName'), updateTime: records.timestamp() };
      return whole(records.update(account, target, change));
    },
  },
  'corpora.delete': deleteRoute(),
  'corpora.query': {
    isGeneration: false,
    answer: ({ account, target, resources: { records } }) => {
      records.get(account, target);
      return whole({});
    },
  },
  'permissions.create': {
    isGeneration: false,
    answer: ({ account, target, body, resources: { records } }) => {
      records.get(account, target.replace(/\/permissions$/, ''));
      const message = toMessage(body);
      const granted = { granteeType: text(message, 'granteeType'), emailAddress: text(message, 'emailAddress') };
      const name = `${target}/${randomId(ID_LENGTH)}`;
      return whole(records.create(account, name, { ...granted, role: text(message, 'role') }));
    },
  },
  'permissions.list': listRoute('permissions'),
  'permissions.get': getRoute(),
  'permissions.patch': {
    isGeneration: false,
    answer: ({ account, target, body, resources: { records } }) =>
      whole(records.update(account, target, { role: text(toMessage(body), 'role') })),
  },
  'permissions.delete': deleteRoute(),
  'tunedModels.transferOwnership': {
    isGeneration: false,
    answer: ({ account, target, resources: { records } }) => {
      records.get(account, target);
      return whole({});
    },
  },
};

function listRoute(field: string): Route {
  return {
    isGeneration: false,
    answer: ({ account, target, query, resources: { records } }) => whole(records.list(account, target, field, query)),
  };
}
