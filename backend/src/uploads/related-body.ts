import { GatewayError } from '../errors.ts';
import { maxMetadataBytes } from './upload-sizes.ts';

/** Bytes of a part's head at most. */
const maxPartHeadBytes = 16 * 1024;

/** What stands before the file in a multipart/related upload, and the file's bytes as they come. */
export interface RelatedBody {
  readonly metadata: Uint8Array<ArrayBuffer>;
  readonly contentType: string | undefined;
  readonly file: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Reads a multipart/related body of two parts, metadata and file, with constant memory. Throws `GatewayError` where it is none. */
export async function readRelatedBody(body: AsyncIterable<Uint8Array<ArrayBuffer>>, boundary: string): Promise<RelatedBody> {
  const source = new DelimitedSource(body);
  // The first boundary may be the body's first line, or follow a preamble.
  source.prepend(Buffer.from('\r\n'));
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  await source.collect(delimiter, maxPartHeadBytes);
  await readPartHead(source);
  const metadata = await source.collect(delimiter, maxMetadataBytes);
  const contentType = await readPartHead(source);
  return { metadata, contentType, file: readFile(source, delimiter) };
}

async function* readFile(source: DelimitedSource, delimiter: Buffer): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* source.until(delimiter);
  const mark = await source.take(2);
  if (mark.toString('latin1') !== '--') throw malformed('more than two parts, or no end mark');
  await source.drain();
}

/** Returns the part's content type. */
async function readPartHead(source: DelimitedSource): Promise<string | undefined> {
  const line = await source.collect(Buffer.from('\r\n'), maxPartHeadBytes);
  if (line.length > 0 && Buffer.from(line).toString('latin1').trim() !== '') throw malformed('too few parts');
  source.prepend(Buffer.from('\r\n'));
  const head = Buffer.from(await source.collect(Buffer.from('\r\n\r\n'), maxPartHeadBytes)).toString('latin1');
  return /^content-type:[ \t]*(.+?)[ \t]*$/im.exec(head)?.[1];
}

/** Bytes up to a delimiter, wherever the pieces are cut. */
class DelimitedSource {
  readonly #iterator: AsyncIterator<Uint8Array<ArrayBuffer>>;
  #held: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #isOver = false;

  constructor(body: AsyncIterable<Uint8Array<ArrayBuffer>>) {
    this.#iterator = body[Symbol.asyncIterator]();
  }

  prepend(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held]);
  }

  /** What comes before the delimiter, which is taken too. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      if (at >= 0) {
        const before = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + delimiter.length);
        if (before.length > 0) yield before;
        return;
      }
      // The delimiter may have begun in what is held.
      const safe = this.#held.length - delimiter.length + 1;
      if (safe > 0) {
        const before = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        yield before;
      }
      await this.#fill();
    }
  }

  async collect(delimiter: Buffer, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let byteCount = 0;
    for await (const piece of this.until(delimiter)) {
      byteCount += piece.length;
      if (byteCount > maxBytes) throw malformed(`more than ${maxBytes} bytes before the file`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async take(byteCount: number): Promise<Buffer> {
    while (this.#held.length < byteCount) await this.#fill();
    const taken = this.#held.subarray(0, byteCount);
    this.#held = this.#held.subarray(byteCount);
    return taken;
  }

  /** Lets the rest run out. */
  async drain(): Promise<void> {
    this.#held = Buffer.alloc(0);
    while (!this.#isOver) this.#isOver = (await this.#iterator.next()).done === true;
  }

  async #fill(): Promise<void> {
    const next = this.#isOver ? undefined : await this.#iterator.next();
    if (next === undefined || next.done === true) {
      this.#isOver = true;
      throw malformed('it ends too early');
    }
    const { value } = next;
    this.#held =
      this.#held.length === 0
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : Buffer.concat([this.#held, value]);
  }
}

function malformed(what: string): GatewayError {
  return new GatewayError('UPLOAD_PROTOCOL_VIOLATION', `The multipart/related body is malformed: ${what}.`);
}
