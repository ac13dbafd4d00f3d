import { apiErrors } from '../errors.ts';

/** The head of a part: its headers, with names in small letters. */
export type PartHeaders = ReadonlyMap<string, string>;

export interface PartReceiver {
  onPart(headers: PartHeaders): void;
  onBytes(bytes: Buffer): void;
}

const MAX_HEAD_BYTES = 16 * 1024;

/** Takes a `multipart/related` body apart as it comes; what may yet be a boundary is all that it holds back. */
export class MultipartParser {
  readonly #delimiter: Buffer;
  readonly #receiver: PartReceiver;
  #rest: Buffer = Buffer.from('\r\n');
  #state: 'preamble' | 'after-delimiter' | 'head' | 'body' | 'end' = 'preamble';

  constructor(boundary: string, receiver: PartReceiver) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
    this.#receiver = receiver;
  }

  update(chunk: Buffer): void {
    this.#rest = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#step());
  }

  /** Complains unless the closing boundary has come. */
  end(): void {
    if (this.#state !== 'end') throw malformed();
  }

  #step(): boolean {
    switch (this.#state) {
      case 'preamble':
      case 'body':
        return this.#untilDelimiter(this.#state === 'body');
      case 'after-delimiter':
        return this.#afterDelimiter();
      case 'head':
        return this.#head();
      case 'end':
        this.#rest = Buffer.alloc(0);
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  #untilDelimiter(isBody: boolean): boolean {
    const at = this.#rest.indexOf(this.#delimiter);
    const end = at >= 0 ? at : Math.max(0, this.#rest.byteLength - this.#delimiter.byteLength + 1);
    if (isBody && end > 0) this.#receiver.onBytes(this.#rest.subarray(0, end));
    this.#rest = this.#rest.subarray(at >= 0 ? at + this.#delimiter.byteLength : end);
    if (at >= 0) this.#state = 'after-delimiter';
    return at >= 0;
  }

  #afterDelimiter(): boolean {
    if (this.#rest.byteLength < 2) return false;
    const isClosing = this.#rest.toString('latin1', 0, 2) === '--';
    const lineEnd = this.#rest.indexOf('\r\n');
    if (!isClosing && lineEnd < 0) return false;
    this.#state = isClosing ? 'end' : 'head';
    // The line's end stays, so that a head without headers ends like any other.
    this.#rest = this.#rest.subarray(isClosing ? 2 : lineEnd);
    return true;
  }

  #head(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#rest.byteLength > MAX_HEAD_BYTES) throw malformed();
      return false;
    }
    const lines = this.#rest.toString('latin1', 0, end).split('\r\n').filter(Boolean);
    const headers = new Map(lines.map((line) => splitHeader(line)));
    this.#rest = this.#rest.subarray(end + 4);
    this.#state = 'body';
    this.#receiver.onPart(headers);
    return true;
  }
}

/** The boundary that a content type names; undefined where it is none of these. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = /^multipart\/(?:related|mixed|form-data)\s*;.*?\bboundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(
    contentType ?? '',
  );
  return match?.[1] ?? match?.[2];
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}

function malformed() {
  return apiErrors.invalidArgument('Malformed multipart body.');
}
