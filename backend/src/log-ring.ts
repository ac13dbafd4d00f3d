import type { Log } from './events.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Least serious first. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface LogEntry {
  /** Grows from line to line. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LogRingOptions {
  /** Where lines go as well. */
  readonly next: Log;
  /** Least serious level that is remembered. */
  readonly level: LogLevel;
  /** Takes secrets out of a line. */
  readonly scrub: (line: string) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Lines that are remembered, and characters of one at most. */
export const logCapacity = 1_000;
const maxLength = 8 * 1024;

interface KeptLine extends Omit<LogEntry, 'fields'> {
  /** JSON of its fields, or the beginning of it. */
  readonly text: string;
}

/** The last lines of the log, for people who look at the console. */
export class LogRing implements Log {
  readonly #options: LogRingOptions;
  readonly #lines: KeptLine[] = [];
  readonly #least: number;
  #lastId = 0;

  constructor(options: LogRingOptions) {
    this.#options = options;
    this.#least = logLevels.indexOf(options.level);
  }

  debug(fields: object, message: string): void {
    this.#options.next.debug(fields, message);
    this.#keep('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#options.next.info(fields, message);
    this.#keep('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#options.next.warn(fields, message);
    this.#keep('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#options.next.error(fields, message);
    this.#keep('error', fields, message);
  }

  /** Id of the newest line. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Newest first. */
  *newestFirst(): Generator<LogEntry> {
    for (let index = this.#lines.length - 1; index >= 0; index -= 1) {
      const line = this.#lines[index];
      if (line !== undefined) yield toEntry(line);
    }
  }

  #keep(level: LogLevel, fields: object, message: string): void {
    if (logLevels.indexOf(level) < this.#least) return;
    this.#lastId += 1;
    const text = this.#options.scrub(JSON.stringify(fields, withErrors)).slice(0, maxLength);
    this.#lines.push({ id: this.#lastId, atMs: this.#options.now(), level, message, text });
    if (this.#lines.length > logCapacity) this.#lines.shift();
  }
}

function toEntry({ text, ...line }: KeptLine): LogEntry {
  try {
    return { ...line, fields: { ...JSON.parse(text) } };
  } catch {
    return { ...line, fields: { text } };
  }
}

function withErrors(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Error ? { type: value.name, message: value.message, stack: value.stack } : value;
}
