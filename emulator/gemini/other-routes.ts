import type { OperationName } from '@gemini-proxy/gemini';
import { type Route, whole } from './answer.ts';
import { deleteRoute, getRoute } from './batch-routes.ts';
import { requireModel } from './models.ts';
import { PIXEL } from './pixel.ts';
import { text, toMessage } from './proto-json.ts';
import { randomId } from './resources/random-id.ts';

const ID_LENGTH = 12;

/** Images, videos, tuned models and tokens for Live: enough to see that a call has arrived and to whom its result belongs. */
export const OTHER_ROUTES: Partial<Record<OperationName, Route>> = {
  'models.predict': {
    isGeneration: true,
    answer: ({ model, version }) => {
      requireModel(model, version, 'predict');
      return whole({ predictions: [{ mimeType: 'image/png', bytesBase64Encoded: PIXEL }] });
    },
  },
  'models.predictLongRunning': {
    isGeneration: false,
    answer: ({ account, model, version, resources: { records } }) => {
      const name = `${requireModel(model, version, 'predictLongRunning').name}/operations/${randomId(ID_LENGTH)}`;
      const uri = `https://generativelanguage.googleapis.com/v1beta/files/${randomId(ID_LENGTH)}:download?alt=media`;
      const response = { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } };
      return whole(records.createOperation(account, name, { metadata: {}, response }));
    },
  },
  'tunedModels.create': {
    isGeneration: false,
    answer: ({ account, body, query, version, resources: { records } }) => {
      const message = toMessage(body);
      const baseModel = requireModel(text(message, 'baseModel').replace(/^models\//, ''), version, 'createTunedModel').name;
      const name = `tunedModels/${query.get('tunedModelId') ?? randomId(ID_LENGTH)}`;
      const createTime = records.timestamp();
      const displayName = text(message, 'displayName');
      const model = records.create(account, name, {
        baseModel,
        displayName,
        state: 'ACTIVE',
        createTime,
        updateTime: createTime,
      });
      const operation = { metadata: { tunedModel: name }, response: model };
      return whole(records.createOperation(account, `${name}/operations/${randomId(ID_LENGTH)}`, operation));
    },
  },
  'tunedModels.list': {
    isGeneration: false,
    answer: ({ account, query, resources: { records } }) => whole(records.list(account, 'tunedModels', 'tunedModels', query)),
  },
  'tunedModels.get': getRoute(),
  'tunedModels.patch': {
    isGeneration: false,
    answer: ({ account, target, body, resources: { records } }) => {
      const message = toMessage(body);
      const change = { displayName: text(message, 'displayName'), updateTime: records.timestamp() };
      return whole(records.update(account, target, change));
    },
  },
  'tunedModels.delete': deleteRoute(),
  'authTokens.create': {
    isGeneration: false,
    answer: ({ account, resources: { authTokens } }) => {
      const name = `auth_tokens/${randomId(64)}`;
      authTokens.set(name, account);
      return whole({ name });
    },
  },
};
