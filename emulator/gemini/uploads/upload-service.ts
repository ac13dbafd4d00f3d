import { parseOperation, resourceNameOfPath } from '@gemini-proxy/gemini';
import type { AccountTable } from '../accounts.ts';
import { authorise, findAccount } from '../authorisation.ts';
import type { Clock } from '../clock.ts';
import { ApiError, apiErrorOfStatus, apiErrors } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { hang } from '../faults.ts';
import { readJsonBody } from '../request-body.ts';
import { randomToken } from '../resources/random-id.ts';
import type { BehaviourOf } from '../switches.ts';
import { CHUNK_GRANULARITY_BYTES, serveCommand } from './goog-resumable.ts';
import { LOCATION_GRANULARITY_BYTES, serveRange } from './location-resumable.ts';
import { emptyAnswer, errorAnswer, jsonAnswer, type UploadAnswer } from './upload-answers.ts';
import { UploadSession } from './upload-session.ts';
import type { UploadTarget } from './upload-target.ts';
import { receiveMultipart, receiveRaw } from './whole-upload.ts';

export interface UploadContext {
  readonly accounts: AccountTable;
  readonly clock: Clock;
  readonly behaviourOf: BehaviourOf;
  /** What an account uploads to under a resource name; without one to its files. */
  readonly targetOf: (account: string, storeName: string | undefined) => UploadTarget;
}

const UPLOAD_ID_LENGTH = 110;
/** What a page must be able to read to go on with an upload. */
const EXPOSED_HEADERS =
  'vary,vary,vary,content-encoding,date,server,content-length,location,x-goog-upload-url,x-goog-upload-control-url,x-goog-upload-status,x-goog-upload-chunk-granularity,x-goog-upload-size-received';
const MAX_METADATA_BYTES = 1024 * 1024;
/** A session that is not finished by then is forgotten. */
const SESSION_LIFETIME_MS = 7 * 24 * 3_600_000;

/** The upload server: everything under `/upload/{version}/` and `/resumable/upload/{version}/`. */
export class UploadService {
  readonly #context: UploadContext;
  readonly #sessions = new Map<string, UploadSession>();

  constructor(context: UploadContext) {
    this.#context = context;
  }

  /** Sessions that can still be continued. */
  get openSessions(): number {
    this.#forgetOldSessions();
    return [...this.#sessions.values()].filter(({ state }) => state === 'active').length;
  }

  async serve(exchange: Exchange): Promise<void> {
    const { clock, behaviourOf } = this.#context;
    const { method, path } = exchange;
    const { delayMs = 0, fault } = behaviourOf({ method, path, model: undefined, body: undefined });
    if (delayMs > 0) await clock.sleep(delayMs, exchange.signal);
    const isLostAtOnce = fault !== undefined && fault.kind !== 'status' && fault.afterChunks <= 0;
    const answer = isLostAtOnce
      ? undefined
      : await this.#answer(exchange, fault?.kind === 'status' ? apiErrorOfStatus(fault.status, undefined) : undefined);
    if (fault?.kind === 'hang') return hang(exchange);
    if (answer === undefined || fault?.kind === 'cut' || fault?.kind === 'mid-stream-error') return exchange.cut();
    const exposed = exchange.header('origin') === undefined ? {} : { 'access-control-expose-headers': EXPOSED_HEADERS };
    await exchange.send(answer.status, { ...answer.headers, ...exposed }, answer.text);
  }

  async #answer(exchange: Exchange, fault: ApiError | undefined): Promise<UploadAnswer> {
    const id = exchange.query.get('upload_id') ?? undefined;
    try {
      if (fault !== undefined) throw fault;
      return await (id === undefined ? this.#begin(exchange) : this.#continue(exchange, id));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const state = id === undefined ? 'final' : (this.#sessions.get(id)?.state ?? 'final');
      return errorAnswer({ id: id ?? randomToken(UPLOAD_ID_LENGTH), state }, error);
    }
  }

  async #begin(exchange: Exchange): Promise<UploadAnswer> {
    const account = authorise(exchange, this.#context.accounts);
    const { name } = parseOperation(exchange.method, exchange.path);
    if (name !== 'media.upload' && name !== 'media.uploadToFileSearchStore') throw apiErrors.notFound();
    const target = this.#context.targetOf(account, name === 'media.upload' ? undefined : resourceNameOfPath(exchange.path)?.name);
    const id = randomToken(UPLOAD_ID_LENGTH);
    switch (protocolOf(exchange)) {
      case 'resumable':
        return this.#start(exchange, target, id);
      case 'location':
        return this.#startLocation(exchange, target, id);
      case 'multipart':
        return jsonAnswer({ id, state: 'final' }, await receiveMultipart(exchange, target));
      case 'raw':
        return jsonAnswer({ id, state: 'final' }, await receiveRaw(exchange, target));
      default:
        throw apiErrors.invalidArgument('Unknown upload protocol.');
    }
  }

  async #start(exchange: Exchange, target: UploadTarget, id: string): Promise<UploadAnswer> {
    if (exchange.header('x-goog-upload-command')?.trim().toLowerCase() !== 'start') {
      throw apiErrors.invalidArgument('Invalid X-Goog-Upload-Command header.');
    }
    const mimeType = exchange.header('x-goog-upload-header-content-type');
    const declaredBytes = sizeIn(exchange.header('x-goog-upload-header-content-length'));
    await this.#open(exchange, target, { id, mimeType, declaredBytes, granularity: CHUNK_GRANULARITY_BYTES });
    const url = urlOf(exchange, { upload_id: id, upload_protocol: 'resumable' });
    return emptyAnswer({
      id,
      state: 'active',
      headers: {
        'x-goog-upload-url': url,
        'x-goog-upload-control-url': url,
        'x-goog-upload-chunk-granularity': CHUNK_GRANULARITY_BYTES,
        'x-goog-upload-header-vary': 'Origin, X-Origin, Referer',
        'x-goog-upload-header-content-type': 'application/json; charset=UTF-8',
      },
    });
  }

  async #startLocation(exchange: Exchange, target: UploadTarget, id: string): Promise<UploadAnswer> {
    const mimeType = exchange.header('x-upload-content-type');
    const declaredBytes = sizeIn(exchange.header('x-upload-content-length'));
    await this.#open(exchange, target, { id, mimeType, declaredBytes, granularity: LOCATION_GRANULARITY_BYTES });
    const location = urlOf(exchange, { uploadType: 'resumable', upload_id: id });
    return emptyAnswer({ id, state: 'active', headers: { location } });
  }

  async #open(
    exchange: Exchange,
    target: UploadTarget,
    facts: Pick<UploadSession, 'id' | 'declaredBytes' | 'granularity'> & { readonly mimeType: string | undefined },
  ): Promise<void> {
    if ((facts.declaredBytes ?? 0) > target.limits.maxFileBytes) throw apiErrors.mediaTooLarge(target.limits.maxFileBytes);
    const finish = target.prepare(await readJsonBody(exchange, MAX_METADATA_BYTES), facts.mimeType);
    this.#forgetOldSessions();
    const startedAtMs = this.#context.clock.now();
    this.#sessions.set(facts.id, new UploadSession({ ...facts, startedAtMs, limits: target.limits, finish }));
  }

  /** Whoever knows the id may go on; a credential is not needed, but a wrong one is an error all the same. */
  async #continue(exchange: Exchange, id: string): Promise<UploadAnswer> {
    findAccount(exchange, this.#context.accounts);
    const session = this.#sessions.get(id);
    if (session === undefined) throw apiErrors.notFound();
    const isLocation = exchange.query.get('uploadType') === 'resumable';
    return isLocation ? serveRange(exchange, session) : serveCommand(exchange, session);
  }

  #forgetOldSessions(): void {
    const oldest = this.#context.clock.now() - SESSION_LIFETIME_MS;
    for (const { id, startedAtMs } of this.#sessions.values()) if (startedAtMs < oldest) this.#sessions.delete(id);
  }
}

type Protocol = 'resumable' | 'location' | 'multipart' | 'raw' | undefined;

function protocolOf(exchange: Exchange): Protocol {
  const protocol = (exchange.header('x-goog-upload-protocol') ?? exchange.query.get('upload_protocol') ?? '').toLowerCase();
  if (protocol === 'resumable' || protocol === 'multipart' || protocol === 'raw') return protocol;
  if (protocol !== '') return undefined;
  const uploadType = exchange.query.get('uploadType') ?? exchange.query.get('upload_type') ?? '';
  if (uploadType === 'resumable') return 'location';
  if (uploadType === 'multipart') return 'multipart';
  if (uploadType === 'media') return 'raw';
  if (uploadType !== '') return undefined;
  return exchange.header('content-type')?.toLowerCase().startsWith('multipart/related') ? 'multipart' : 'raw';
}

/** The address of a session, on the server that the client has called; the client's own query comes along, its key too. */
function urlOf(exchange: Exchange, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(exchange.query);
  for (const [name, value] of Object.entries(parameters)) query.set(name, value);
  const [path] = exchange.path.split('?', 1);
  return `${exchange.origin}${path}?${query}`;
}

function sizeIn(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (!/^\d{1,15}$/.test(header)) throw apiErrors.invalidArgument('Invalid content length.');
  return Number(header);
}
