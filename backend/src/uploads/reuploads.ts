import { changeUploadMetadata, type OperationName, parseOperation, withoutName } from '@gemini-proxy/gemini';
import type { Clock } from '@gemini-proxy/protocol';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { CallAnswer, Caller } from '../orchestrator/internal-call.ts';
import type { ResourceRecord } from '../store/store.ts';
import type { KeptFile, KeptFiles } from './kept-files.ts';
import { pause } from './pause.ts';
import { Sending } from './sending.ts';
import type { Spool } from './spool.ts';
import type { UpstreamUpload } from './upload-record.ts';

export interface ReuploadsOptions {
  readonly kept: KeptFiles;
  readonly spool: Spool;
  readonly call: Caller;
  /** The account that has a file, as far as is known. */
  readonly ownerOf: (name: string) => string | undefined;
  /** Hears of each answer of the Gemini API, and returns the file that it tells of. */
  readonly learn: (operation: OperationName, path: string, answer: CallAnswer) => ResourceRecord | undefined;
  readonly clock: Clock;
  /** Hears of each copy that was made. */
  readonly onCopied: (copy: { readonly name: string; readonly account: string; readonly copy: string }) => void;
}

/** Milliseconds for a copy to be made and processed. Whoever waits for it may give up sooner. */
const copyTimeoutMs = 10 * 60 * 1000;
/** Milliseconds between two looks at a copy that is being processed. */
const pollIntervalMs = 1_000;
const maxAnswerBytes = 1024 * 1024;

/** Uploads kept files again, to other accounts. */
export class Reuploads {
  readonly #options: ReuploadsOptions;
  /** Copies that are being made, by account and name. */
  readonly #running = new Map<string, { readonly copy: Promise<string>; readonly controller: AbortController }>();

  constructor(options: ReuploadsOptions) {
    this.#options = options;
  }

  /** Whether the bytes of a file are here. */
  canMove(name: string): boolean {
    return this.#options.kept.has(name);
  }

  /** Whether an account has a copy of the file already. */
  hasCopy(name: string, account: string): boolean {
    return this.#copyOf(name, account) !== undefined;
  }

  /** Name of the file's copy at an account, which is made where there is none; once for all who ask at the same time. */
  copyAt(name: string, account: string): Promise<string> {
    const present = this.#copyOf(name, account);
    if (present !== undefined) return Promise.resolve(present);
    const key = JSON.stringify([account, name]);
    const running = this.#running.get(key);
    if (running !== undefined) return running.copy;
    const controller = new AbortController();
    const copy = this.#make(name, account, controller).finally(() => this.#running.delete(key));
    this.#running.set(key, { copy, controller });
    return copy;
  }

  /** Forgets the bytes of a file that its client has deleted, and deletes the copies as far as their accounts are there. */
  async onDeleted(name: string): Promise<void> {
    const { kept, call, learn } = this.#options;
    const file = kept.find(name);
    await kept.forget(name);
    const signal = AbortSignal.timeout(copyTimeoutMs);
    for (const [account, copy] of file?.copies ?? []) {
      const path = `/v1beta/${copy}`;
      await call({ method: 'DELETE', path, headers: [], account, maxAnswerBytes, signal }).then(
        (answer) => learn('files.delete', path, answer),
        // It expires by itself.
        () => undefined,
      );
    }
  }

  /** Gives up what runs. */
  destroy(error: GatewayError): void {
    for (const { controller } of this.#running.values()) controller.abort(error);
  }

  get running(): number {
    return this.#running.size;
  }

  /** A copy that its account still has, as far as is known. */
  #copyOf(name: string, account: string): string | undefined {
    const copy = this.#options.kept.find(name)?.copies.get(account);
    return copy !== undefined && this.#options.ownerOf(copy) === account ? copy : undefined;
  }

  async #make(name: string, account: string, controller: AbortController): Promise<string> {
    const { kept, spool, clock, onCopied } = this.#options;
    const cancelTimer = clock.schedule(() => controller.abort(failed(name, account, 'it took too long')), copyTimeoutMs);
    try {
      const file = kept.find(name);
      if (file === undefined) throw failed(name, account, 'its bytes are gone');
      using _pin = spool.pin(file.spoolFile);
      const answer = await this.#send(file, account, controller.signal);
      const copy = await this.#whenActive(file, answer, controller.signal);
      kept.addCopy(name, account, copy);
      onCopied({ name, account, copy });
      return copy;
    } catch (error) {
      const known = toGatewayError(error);
      throw known.reason === 'REUPLOAD_FAILED' || known.reason === 'SHUTTING_DOWN'
        ? known
        : failed(name, account, known.message, known);
    } finally {
      cancelTimer();
    }
  }

  #send(file: KeptFile, account: string, signal: AbortSignal): Promise<CallAnswer> {
    const { spool, call, clock } = this.#options;
    const { target, contentType, fileName, byteCount, spoolFile } = file;
    // A name that the client has chosen stays the original's.
    const metadata = changeUploadMetadata(file.metadata, target, withoutName);
    let upstream: UpstreamUpload | undefined;
    const upload = {
      get record() {
        const start = { target, contentType, fileName, metadata, declaredBytes: byteCount };
        return { ...start, id: spoolFile, state: 'received', upstream } as const;
      },
      totalBytes: byteCount,
      setUpstream: (begun: UpstreamUpload | undefined) => {
        upstream = begun;
      },
      read: (offset: number, end: number) => spool.read(spoolFile, offset, end),
    };
    return new Sending(upload, { call, clock, accountFor: () => account, signal }).run();
  }

  async #whenActive({ name, target }: KeptFile, uploaded: CallAnswer, signal: AbortSignal): Promise<string> {
    const { call, clock, learn } = this.#options;
    const { account } = uploaded;
    const copy = learn(parseOperation('POST', target).name, target, uploaded);
    if (copy === undefined) throw failed(name, account, `the Gemini API answered ${uploaded.status}`);
    const path = `/v1beta/${copy.name}`;
    for (let state = copy.state; state === 'PROCESSING' || state === 'FAILED'; ) {
      if (state === 'FAILED') throw failed(name, account, 'the Gemini API could not process it');
      await pause(clock, pollIntervalMs, signal);
      const answer = await call({ method: 'GET', path, headers: [], account, maxAnswerBytes, signal });
      const known = learn('files.get', path, answer);
      // A passing failure is no verdict.
      if (known !== undefined) state = known.state;
    }
    return copy.name;
  }
}

function failed(name: string, account: string, why: string, cause?: unknown): GatewayError {
  const message = `The owner of ${name} is away, and uploading the file again with account ${account} failed: ${why}. Try again, or bring its owner back.`;
  return new GatewayError('REUPLOAD_FAILED', message, { metadata: { name, account }, cause });
}
