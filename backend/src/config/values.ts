import { z } from 'zod';

/**
 * Values as people write them. Each accepts the text of a flag or variable as well as the JSON of a file, and says in
 * one phrase what it expects.
 */
export function wholeNumber({ min, max }: Bounds) {
  return value(`a whole number from ${min} to ${max}`, (input) => within(plainNumber(input), { min, max }));
}

/** Bytes: `100MiB`, `64KiB`, `1GB`, or a plain number of bytes. */
export function size({ min, max }: Bounds) {
  const expects = `a size from ${formatSize(min)} to ${formatSize(max)}, such as 100MiB, 64KiB or a number of bytes`;
  return value(expects, (input) => within(withUnit(input, sizeUnits), { min, max }));
}

/** Milliseconds: `90s`, `5m`, `1500ms`, or a plain number of milliseconds. */
export function duration({ min, max }: Bounds) {
  const expects = `a duration from ${formatDuration(min)} to ${formatDuration(max)}, such as 90s, 5m, 1500ms or a number of milliseconds`;
  return value(expects, (input) => within(withUnit(input, durationUnits), { min, max }));
}

export function choice<const Choice extends string>(choices: readonly Choice[]) {
  return value(`one of ${choices.join(', ')}`, (input) => {
    const chosen = choices.find((candidate) => candidate === input);
    return chosen === undefined ? undefined : { value: chosen };
  });
}

/** `on` or `off`, in a file also `true` or `false`. */
export function onOff() {
  return value('on or off', (input) => {
    if (input === true || input === 'on' || input === 'true') return { value: true };
    return input === false || input === 'off' || input === 'false' ? { value: false } : undefined;
  });
}

export function matchingText(expects: string, pattern: RegExp) {
  return value(expects, (input) => (typeof input === 'string' && pattern.test(input) ? { value: input } : undefined));
}

/** Text that may be left out; an empty text, or `null` in a file, says so explicitly. */
export function optionalText(expects: string, pattern: RegExp) {
  return value(expects, (input): Parsed<string | undefined> => {
    if (input === undefined || input === null || input === '') return { value: undefined };
    return typeof input === 'string' && pattern.test(input) ? { value: input } : undefined;
  });
}

/** Items separated by commas, or an array in a file. */
export function list(expects: string, pattern: RegExp) {
  return value(`a list of ${expects}, separated by commas`, (input) => {
    const items = typeof input === 'string' ? input.split(',') : input;
    if (!Array.isArray(items)) return undefined;
    const texts: string[] = [];
    for (const item of items) {
      const text = typeof item === 'string' ? item.trim().toLowerCase() : undefined;
      if (text === undefined || (text !== '' && !pattern.test(text))) return undefined;
      if (text !== '') texts.push(text);
    }
    return { value: texts };
  });
}

/** An http or https URL without credentials, query and fragment; a slash at its end is dropped. */
export function httpUrl() {
  return value('a URL such as https://example.com, without user name, query and fragment', (input) => {
    if (typeof input !== 'string' || !URL.canParse(input)) return undefined;
    const url = new URL(input);
    const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    if (!isPlain || !['http:', 'https:'].includes(url.protocol)) return undefined;
    return { value: url.href.replace(/\/+$/, '') };
  });
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** `undefined`: not what was expected. */
type Parsed<Value> = { readonly value: Value } | undefined;

function value<Value>(expects: string, parse: (input: unknown) => Parsed<Value>) {
  return z.unknown().transform((input, context): Value => {
    const parsed = parse(input);
    if (parsed) return parsed.value;
    context.addIssue({ code: 'custom', message: `expected ${expects}` });
    return z.NEVER;
  });
}

function within(number: number | undefined, { min, max }: Bounds): Parsed<number> {
  return number !== undefined && number >= min && number <= max ? { value: number } : undefined;
}

function plainNumber(input: unknown): number | undefined {
  if (typeof input === 'number') return Number.isInteger(input) ? input : undefined;
  return typeof input === 'string' && /^\d{1,15}$/.test(input.trim()) ? Number(input) : undefined;
}

const sizeUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kib', 1024],
  ['mib', 1024 ** 2],
  ['gib', 1024 ** 3],
  ['tib', 1024 ** 4],
  ['kb', 1000],
  ['mb', 1000 ** 2],
  ['gb', 1000 ** 3],
]);

const durationUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

function withUnit(input: unknown, units: ReadonlyMap<string, number>): number | undefined {
  if (typeof input !== 'string') return plainNumber(input);
  const [, amount, unit] = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*$/i.exec(input) ?? [];
  const factor = units.get(unit?.toLowerCase() ?? '');
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor);
}

function formatSize(bytes: number): string {
  return formatWithUnit(bytes, ['TiB', 'GiB', 'MiB', 'KiB'], sizeUnits) ?? `${bytes} B`;
}

function formatDuration(milliseconds: number): string {
  return formatWithUnit(milliseconds, ['h', 'm', 's'], durationUnits) ?? `${milliseconds} ms`;
}

function formatWithUnit(amount: number, names: readonly string[], units: ReadonlyMap<string, number>): string | undefined {
  for (const name of names) {
    const factor = units.get(name.toLowerCase()) ?? 1;
    if (amount >= factor && amount % factor === 0) return `${amount / factor} ${name}`;
  }
  return undefined;
}
