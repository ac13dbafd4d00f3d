import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, HeaderList } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import type { Call, CallAnswer, Caller } from '../orchestrator/internal-call.ts';
import type { KeptFileRecord, KeptFileTable } from '../store/store.ts';
import { KeptFiles } from './kept-files.ts';
import { Spool } from './spool.ts';
import type { UploadAnswer, UploadCall } from './upload-call.ts';
import type { UploadRecord, UploadRecords } from './upload-record.ts';
import { Uploads } from './uploads.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What outlives a process: the disk, the records, the time. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly records: UploadRecords & { readonly saved: ReadonlyMap<string, UploadRecord> };
  readonly keptFiles: KeptFileTable;
  nowMs: number;
}

export async function createWorld(): Promise<World> {
  return worldOf(await mkdtemp(folderPrefix), new Map(), new Map());
}

/** What the sudden end of a process leaves behind: disk and records as they are at this moment. The process lives on, unheard of. */
export function crash(world: World): World {
  const folder = mkdtempSync(folderPrefix);
  for (const name of readdirSync(world.folder)) copyFileSync(join(world.folder, name), join(folder, name));
  const keptFiles = new Map(world.keptFiles.all().map((file) => [file.name, file]));
  return { ...worldOf(folder, new Map(world.records.saved), keptFiles), nowMs: world.nowMs };
}

const folderPrefix = join(tmpdir(), 'gemini-proxy-uploads-');

function worldOf(folder: string, saved: Map<string, UploadRecord>, files: Map<string, KeptFileRecord>): World {
  const records = {
    saved,
    all: () => [...saved.values()],
    save: (record: UploadRecord) => void saved.set(record.id, record),
    delete: (id: string) => void saved.delete(id),
  };
  const keptFiles: KeptFileTable = {
    get: (name) => files.get(name),
    put: (file) => void files.set(file.name, file),
    delete: (name) => void files.delete(name),
    all: () => [...files.values()].sort((one, other) => one.keptAtMs - other.keptAtMs),
  };
  const dispose = () => rm(folder, { recursive: true, force: true });
  return { folder, records, keptFiles, nowMs: 1_000_000, [Symbol.asyncDispose]: dispose };
}

/** Calls of one process: when it is dead its bodies break off, and it hears nothing more. */
export function mortal(call: Caller): { readonly call: Caller; die(): void } {
  let isDead = false;
  const silenceOfDeath = () => (isDead ? new Promise<never>(() => {}) : undefined);
  const bodyOfLiving = ({ body }: Call): Call['body'] => {
    if (body === undefined || body instanceof Uint8Array) return body;
    return {
      bytes: body.bytes,
      async *read() {
        for await (const piece of body.read()) {
          if (isDead) throw lost();
          yield piece;
        }
      },
    };
  };
  const answerTo = async (request: Call): Promise<CallAnswer> => {
    await silenceOfDeath();
    try {
      return await call({ ...request, body: bodyOfLiving(request) });
    } finally {
      await silenceOfDeath();
    }
  };
  return {
    call: (request) => {
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true });
      return Promise.race([aborted, answerTo(request)]);
    },
    die: () => {
      isDead = true;
    },
  };
}

/** The upload server of one process in that world. */
export async function startUploads(
  world: World,
  options: { readonly call?: Caller; readonly clock?: Clock; readonly maxBytes?: number } = {},
): Promise<Uploads> {
  const { call = createUpstream().call, clock = hurriedClock, maxBytes = 2 ** 30 } = options;
  const spool = new Spool({ folder: world.folder, maxBytes });
  const kept = keptIn(world, spool, { isOn: false });
  const uploads = new Uploads({
    spool,
    kept,
    records: world.records,
    call,
    clock,
    now: () => world.nowMs,
    silenceMs: 60_000,
    unfinishedAgeMs: 3_600_000,
    accountFor: () => undefined,
    onSent: () => undefined,
    onSweepFailed: () => {},
  });
  await uploads.start();
  return uploads;
}

export function keptIn(world: World, spool: Spool, { isOn = true } = {}): KeptFiles {
  const onFailed = (error: unknown) => {
    throw error;
  };
  return new KeptFiles({ table: world.keptFiles, spool, now: () => world.nowMs, isOn, onFailed });
}

/** Runs short pauses off at once, and never comes to the end of long ones. */
const hurriedClock: Clock = {
  now: () => 0,
  schedule(callback, delayMs) {
    const immediate = delayMs < 10_000 ? setImmediate(callback) : undefined;
    return () => clearImmediate(immediate);
  },
};

/** A Gemini API that takes uploads, and fails where it is told to. */
export interface Upstream {
  readonly call: Caller;
  readonly files: readonly Buffer[];
  readonly calls: readonly string[];
}

export type Failure = 'before' | 'after';

export function createUpstream(failures: (Failure | undefined)[] = [], { hidesAddress = false } = {}): Upstream {
  const files: Buffer[] = [];
  const calls: string[] = [];
  let received: Buffer | undefined;
  let isFinal = false;

  async function serve(call: Call): Promise<CallAnswer> {
    const header = (wanted: string) => call.headers.find(([name]) => name === wanted)?.[1];
    const command = header('x-goog-upload-command') ?? header('x-goog-upload-protocol') ?? '';
    calls.push(command);
    const body = await bodyOf(call);
    if (command === 'multipart') {
      files.push(body);
      return answer([], 200, '{"file":{"name":"files/whole"}}');
    }
    if (command === 'start') {
      received = Buffer.alloc(0);
      isFinal = false;
      if (hidesAddress) return answer([]);
      return answer([['x-goog-upload-url', 'https://upstream/upload/v1beta/files?upload_id=u&key=secret']]);
    }
    if (received === undefined || call.path !== '/upload/v1beta/files?upload_id=u') return answer([], 404);
    if (command.includes('upload')) {
      if (isFinal || header('x-goog-upload-offset') !== String(received.length)) return answer([], 400);
      received = Buffer.concat([received, body]);
    }
    if (command.includes('finalize')) {
      isFinal = true;
      files.push(received);
    }
    if (isFinal) return answer([['x-goog-upload-status', 'final']], 200, `{"file":{"name":"files/${files.length}"}}`);
    return answer([
      ['x-goog-upload-status', 'active'],
      ['x-goog-upload-size-received', String(received.length)],
    ]);
  }

  const call: Caller = async (request) => {
    const failure = failures.shift();
    if (failure === 'before') throw lost();
    const result = await serve(request);
    if (failure === 'after') throw lost();
    return result;
  };
  return { call, files, calls };
}

/** A request, with what matters of it. */
export function callOf(path: string, headers: HeaderList, body: Bytes | AsyncIterable<Bytes> = new Uint8Array(0)): UploadCall {
  const isWhole = body instanceof Uint8Array;
  const pieces = isWhole ? once(body) : body;
  return { method: 'POST', path, headers, bodyLength: isWhole ? body.length : undefined, body: pieces, publicUrl: 'http://here' };
}

export function headerOf(answer: UploadAnswer | undefined, wanted: string): string | undefined {
  return answer?.headers.find(([name]) => name === wanted)?.[1];
}

async function* once(bytes: Bytes): AsyncGenerator<Bytes> {
  if (bytes.length > 0) yield bytes;
}

async function bodyOf({ body }: Call): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

function answer(headers: HeaderList, status = 200, body = ''): CallAnswer {
  return { status, headers, body: Buffer.from(body), account: 'anna', workerId: 'w' };
}

function lost(): GatewayError {
  return new GatewayError('WORKER_LOST', 'The worker was lost.');
}
