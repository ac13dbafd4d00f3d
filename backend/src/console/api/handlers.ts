import { parseOperation, parseResourceName } from '@gemini-proxy/gemini';
import { GatewayError } from '../../errors.ts';
import { gatewayReasons } from '../../pool/gateway-reasons.ts';
import { requestCapacity } from '../../requests/request-log.ts';
import type { ConsoleState } from '../console-state.ts';
import { baseUrlOf } from '../console-state.ts';
import type { Topic } from '../contract/live-events.ts';
import { topicSchema } from '../contract/live-events.ts';
import type { RequestList, RequestQuery } from '../contract/requests.ts';
import type { Session } from '../contract/session.ts';
import type { ConsoleWorker, WorkerAction } from '../contract/workers.ts';
import { type Caller, type Door, sessionCookie } from '../door/door.ts';
import type { LiveFeed } from '../feed/live-feed.ts';
import { readWorkerPage, zipWorkerPage } from '../pages/worker-page.ts';
import type { ConsoleParts } from '../parts.ts';
import { ReplayExchange } from '../replay-exchange.ts';
import { toOverview } from '../views/overview-view.ts';
import { canReplay, matches, toDetail, toSummary } from '../views/request-view.ts';
import { toResource } from '../views/resource-view.ts';
import { toSettings } from '../views/setting-views.ts';
import { type ApiCall, type Handlers, written } from './handler.ts';
import { openApi } from './open-api.ts';
import { safetyHeaders } from './write-answer.ts';

export interface HandlerParts {
  readonly parts: ConsoleParts;
  readonly state: ConsoleState;
  readonly door: Door;
  readonly feed: LiveFeed;
  /** Makes a one-time link below this base URL. */
  readonly createLink: (baseUrl: string) => { readonly url: string; readonly code: string; readonly expiresAtMs: number };
}

/** Bytes and milliseconds of a call to the Gemini API that the console makes, at most. */
const maxAnswerBytes = 64 * 1024;
const callTimeoutMs = 30_000;

/** One function for each call of the contract. */
export function createHandlers({ parts, state, door, feed, createLink }: HandlerParts): Handlers {
  const { requests, keys, pool, workerLink, resources, uploads } = parts;

  const toSession = (call: ApiCall, caller: Caller | undefined): Session => {
    const languages = languagesOf(call.request.headers['accept-language']);
    if (caller === undefined) return { signedIn: false, languages };
    const gateway = {
      version: parts.version,
      startedAtMs: parts.startedAtMs,
      nowMs: parts.now(),
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      processId: process.pid,
      baseUrl: baseUrlOf(call.request),
      dataFolder: parts.config.dataFolder,
    };
    return { signedIn: true, by: caller.by, expiresAtMs: caller.expiresAtMs, languages, gateway };
  };

  const workerOf = (id: string): ConsoleWorker => {
    const worker = state.workers().find((candidate) => candidate.id === id);
    if (worker === undefined) throw missing('There is no worker of this id; it may have gone.');
    return worker;
  };

  const act: { readonly [Action in WorkerAction]: (id: string) => boolean } = {
    pause: (id) => pool.hold(id, true),
    resume: (id) => pool.hold(id, false),
    drain: (id) => workerLink.drainWorker(id, gatewayReasons.asked),
    disconnect: (id) => workerLink.disconnectWorker(id, gatewayReasons.asked),
  };

  const deleteResource = async (text: string): Promise<undefined> => {
    const name = parseResourceName(text)?.name;
    if (name === undefined || name !== text) throw invalid('This is not the name of a file, a cache or the like.');
    const account = resources.ownerOf(name);
    const path = `/v1beta/${name}`;
    const signal = AbortSignal.timeout(callTimeoutMs);
    const answer = await parts.call({ method: 'DELETE', path, headers: [], account, maxAnswerBytes, signal });
    resources.learn(parseOperation('DELETE', path).name, path, answer);
    if (answer.status < 300 || answer.status === 404) return undefined;
    throw new GatewayError('CONSOLE_CONFLICT', `The Gemini API answered with status ${answer.status}: ${messageOf(answer.body)}`);
  };

  return {
    signIn(call) {
      const { session, expiresAtMs } = door.signIn(call.body.code);
      call.response.setHeader('set-cookie', sessionCookie(call.request, session, expiresAtMs - parts.now()));
      return toSession(call, { by: 'cookie', expiresAtMs });
    },
    signOut({ request, response }) {
      door.signOut(request);
      response.setHeader('set-cookie', sessionCookie(request, '', 0));
      return undefined;
    },
    getSession: (call) => toSession(call, call.caller),
    createLink: ({ request }) => createLink(baseUrlOf(request)),
    getOverview: ({ query }) => toOverview(parts.metrics, query.range, parts.now()),
    listWorkers: () => ({ workers: state.workers() }),
    changeWorker({ params, body }) {
      workerOf(params.id);
      state.setLabel(params.id, body.label);
      feed.onStateChanged();
      return workerOf(params.id);
    },
    actOnWorker({ params }) {
      const before = workerOf(params.id);
      if (!act[params.action](params.id)) throw missing('The worker has gone.');
      feed.onStateChanged();
      return state.workers().find(({ id }) => id === params.id) ?? { ...before, state: 'gone' };
    },
    listRequests: ({ query }) => listRequests(parts, query),
    getRequest({ params }) {
      const record = requests.find(params.id);
      if (record === undefined) throw missing('The request is not kept any more.');
      return toDetail(record);
    },
    replayRequest({ params }) {
      const record = requests.find(params.id);
      const body = record?.requestBody?.content;
      if (record === undefined) throw missing('The request is not kept any more.');
      if (body === undefined || !canReplay(record)) {
        throw new GatewayError('CONSOLE_CONFLICT', 'Its body was not kept as a whole: switch capture on before the request.');
      }
      const replay = requests.beginCaptured({ ...record.facts, headers: record.requestHeaders, replayOf: record.id });
      parts.handle(new ReplayExchange(record, body, replay));
      return { id: replay.id };
    },
    getCapture: () => state.capture(),
    changeCapture({ body }) {
      const { maxBodyBytes, maxRequests } = requests.capture;
      requests.setCapture({
        isOn: body.isOn,
        maxBodyBytes: body.maxBodyBytes ?? maxBodyBytes,
        maxRequests: body.maxRequests ?? maxRequests,
      });
      feed.onStateChanged();
      return state.capture();
    },
    clearCapture() {
      requests.forgetBodies();
      feed.onStateChanged();
      return state.capture();
    },
    listResources({ query: { kind, account, limit, after } }) {
      const { records, total } = resources.list({ kind, account, after, limit });
      const last = records.at(-1)?.name;
      return {
        resources: records.map((record) => toResource(record, pool.hasReady(record.account))),
        nextAfter: records.length === limit && last !== undefined ? last : null,
        total,
        uploads: state.uploads(),
      };
    },
    deleteResource: ({ params }) => deleteResource(params.name),
    async cancelUpload({ params }) {
      if (!(await uploads.giveUp(params.id))) throw missing('There is no upload of this id under way.');
      return undefined;
    },
    listKeys: () => ({ keys: keys.list().map(toKey) }),
    createKey({ body }) {
      const created = keys.create(body.name);
      if (created === undefined) throw new GatewayError('CONSOLE_CONFLICT', 'There are too many keys: revoke one first.');
      return { key: toKey(created.key), value: created.value };
    },
    revokeKey({ params }) {
      if (keys.revoke(params.id)) return undefined;
      if (keys.list().some(({ id }) => id === params.id)) {
        const how = 'delete the file client-key in the data folder, and start the gateway again.';
        throw new GatewayError('CONSOLE_CONFLICT', `This is the key of the data folder; to replace it, ${how}`);
      }
      throw missing('There is no key of this id.');
    },
    listSettings: () => ({ settings: toSettings(parts.config, parts.sources) }),
    listLogs: ({ query }) => state.logs(query),
    getSetup: ({ request }) => state.setup(request),
    listWorkerPage: () => readWorkerPage(parts.folders.workerPage),
    async getWorkerPageZip({ response }): Promise<typeof written> {
      const archive = await zipWorkerPage(parts.folders.workerPage);
      if (archive === undefined) throw missing('The worker page is not built: run npm run build.');
      response.writeHead(200, {
        ...safetyHeaders,
        'content-type': 'application/zip',
        'content-length': archive.length,
        'content-disposition': 'attachment; filename="gemini-proxy-worker-page.zip"',
        'cache-control': 'no-store',
      });
      response.end(archive);
      return written;
    },
    streamEvents({ query, request, response }) {
      feed.subscribe(response, toTopics(query.topics), () => door.whoIs(request) !== undefined);
      return written;
    },
    getOpenApi: () => openApi(parts.version),
  };
}

function listRequests({ requests }: ConsoleParts, query: RequestQuery): RequestList {
  const found: RequestList['requests'] = [];
  const facts = { kept: requests.size, capacity: requestCapacity };
  for (const record of requests.newestFirst(query.before)) {
    if (!matches(record, query)) continue;
    if (found.length === query.limit) return { requests: found, nextBefore: found.at(-1)?.id ?? null, ...facts };
    found.push(toSummary(record));
  }
  return { requests: found, nextBefore: null, ...facts };
}

function toKey({ createdAtMs, lastUsedAtMs, ...key }: ReturnType<ConsoleParts['keys']['list']>[number]) {
  return { ...key, createdAtMs: createdAtMs ?? null, lastUsedAtMs: lastUsedAtMs ?? null };
}

/** All topics where none is named; a name that nobody knows is a mistake. */
function toTopics(written: string | undefined): ReadonlySet<Topic> {
  if (written === undefined || written === '') return new Set(topicSchema.options);
  const names = written.split(',');
  const topics = topicSchema.options.filter((topic) => names.includes(topic));
  if (topics.length < names.length) throw invalid(`topics: known are ${topicSchema.options.join(', ')}.`);
  return new Set(topics);
}

function languagesOf(header: string | undefined): string[] {
  const wishes = (header ?? '')
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part.trim().split(/;\s*q=/);
      return { tag, quality: Number(quality ?? 1) };
    });
  wishes.sort((one, other) => other.quality - one.quality);
  return wishes.map(({ tag }) => tag).filter((tag) => /^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(tag));
}

function messageOf(body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8');
  return /"message"\s*:\s*"((?:[^"\\]|\\.){1,300})/.exec(text)?.[1] ?? 'no reason was given.';
}

function missing(message: string): GatewayError {
  return new GatewayError('CONSOLE_NOT_FOUND', message);
}

function invalid(message: string): GatewayError {
  return new GatewayError('CONSOLE_REQUEST_INVALID', message);
}
