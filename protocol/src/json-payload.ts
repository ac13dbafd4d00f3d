import { ProtocolError } from './errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses a payload that must be one JSON object. `name` begins the path in errors. */
export function decodeJson(payload: Uint8Array<ArrayBuffer>, name: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw new ProtocolError('MALFORMED_FRAME', `${name}: not JSON in UTF-8`, { cause });
  }
  if (!isObject(value)) throw malformed(name, 'an object');
  return new JsonObject(name, value);
}

/** A JSON object: each member is taken by the one check that it must pass, others are ignored. */
export class JsonObject {
  readonly #name: string;
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(name: string, members: Readonly<Record<string, unknown>>) {
    this.#name = name;
    this.#members = members;
  }

  is(member: string, value: unknown): boolean {
    return this.#members[member] === value;
  }

  integer(member: string, minimum: number, maximum: number): number {
    const value = this.#members[member];
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw malformed(`${this.#name}.${member}`, `an integer from ${minimum} to ${maximum}`);
  }

  boolean(member: string): boolean {
    const value = this.#members[member];
    if (typeof value === 'boolean') return value;
    throw malformed(`${this.#name}.${member}`, 'true or false');
  }

  /** A member that is an object, or `null` where it is missing. */
  object(member: string): JsonObject | null {
    const value = this.#members[member] ?? null;
    if (value === null) return null;
    const path = `${this.#name}.${member}`;
    if (!isObject(value)) throw malformed(path, 'an object or null');
    return new JsonObject(path, value);
  }

  /** A string of `minimum` to `maximum` UTF-16 units. */
  text(member: string, minimum: number, maximum: number): string {
    const value = this.#members[member];
    if (typeof value === 'string' && value.length >= minimum && value.length <= maximum) return value;
    throw malformed(`${this.#name}.${member}`, `a string of ${minimum} to ${maximum} characters`);
  }

  matching(member: string, pattern: RegExp, expected: string): string {
    const value = this.#members[member];
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw malformed(`${this.#name}.${member}`, expected);
  }

  oneOf<Choice extends string>(member: string, choices: readonly Choice[]): Choice {
    const value = this.#members[member];
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw malformed(`${this.#name}.${member}`, `one of ${choices.join(', ')}`);
  }

  /** An array of at most `maximum` items, each checked by `isItem`. */
  list<Item>(
    member: string,
    maximum: number,
    items: { isItem(value: unknown): value is Item; expected: string },
  ): readonly Item[] {
    const value = this.#members[member];
    const path = `${this.#name}.${member}`;
    if (!Array.isArray(value) || value.length > maximum) throw malformed(path, `an array of at most ${maximum} items`);
    if (value.every(items.isItem)) return value;
    throw malformed(`${path}[${value.findIndex((item) => !items.isItem(item))}]`, items.expected);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(path: string, expected: string): ProtocolError {
  return new ProtocolError('MALFORMED_FRAME', `${path}: expected ${expected}`);
}
