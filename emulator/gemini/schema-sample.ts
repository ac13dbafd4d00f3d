import { samplePattern } from './pattern-sample.ts';
import { isJsonObject, type JsonObject } from './proto-json.ts';

/** Below this depth optional members, optional elements and recursive alternatives are left out, so that recursion ends. */
const FULL_DEPTH = 4;
/** Where even that does not end, the schema has no finite value. */
const MAX_DEPTH = 64;
const SAMPLE_TEXT = 'sample text';

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  time: '03:04:05Z',
  duration: 'P1D',
  email: 'reader@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
};

/** Makes a value that satisfies a schema, OpenAPI-style (`type: 'STRING'`, `nullable`) or JSON Schema; the same one each time. */
export function sampleSchema(schema: unknown): unknown {
  return new Sampler(schema).sample(schema, 0, 0);
}

class Sampler {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  /** `variant` tells apart the elements of an array, which may have to be unique. */
  sample(input: unknown, depth: number, variant: number): unknown {
    if (depth > MAX_DEPTH) return null;
    if (!isJsonObject(input)) return SAMPLE_TEXT;
    const schema = this.#resolve(input, depth);
    if ('const' in schema) return schema.const;
    const choices = schema.enum;
    if (Array.isArray(choices) && choices.length > 0) return choices[variant % choices.length];
    const alternatives = alternativesOf(schema);
    if (alternatives.length > 0) return this.sample(this.#choose(schema, alternatives, depth), depth + 1, variant);
    switch (typeOf(schema)) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#array(schema, depth);
      case 'integer':
        return sampleNumber(schema, 1, variant);
      case 'number':
        return sampleNumber(schema, limit(schema, 'multipleOf') ?? 0.5, variant);
      case 'boolean':
        return variant % 2 === 0;
      case 'null':
        return null;
      default:
        return sampleString(schema, variant);
    }
  }

  /** Follows `$ref` and merges `allOf`, until neither is left. */
  #resolve(schema: JsonObject, depth: number): JsonObject {
    const reference = schema.$ref ?? schema.ref;
    const parts = schema.allOf;
    if (depth > MAX_DEPTH || (typeof reference !== 'string' && !Array.isArray(parts))) return schema;
    const { $ref, ref, allOf, ...own } = schema;
    const inherited = Array.isArray(parts) ? parts : [];
    const targets = typeof reference === 'string' ? [this.#lookUp(reference), ...inherited] : inherited;
    const merged = [own, ...targets].filter(isJsonObject).map((part) => (part === own ? own : this.#resolve(part, depth + 1)));
    return merged.reduce(mergeSchemas);
  }

  #lookUp(reference: string): unknown {
    const steps = reference
      .replace(/^#\/?/, '')
      .split('/')
      .filter((step) => step !== '');
    return steps.reduce<unknown>((place, step) => {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      return isJsonObject(place) ? place[key] : Array.isArray(place) ? place[Number(key)] : undefined;
    }, this.#root);
  }

  /** The first alternative while there is room, and then the first that needs no further nesting. */
  #choose(schema: JsonObject, alternatives: readonly unknown[], depth: number): unknown {
    const { anyOf, oneOf, ...own } = schema;
    const resolved = alternatives.filter(isJsonObject).map((alternative) => mergeSchemas(own, this.#resolve(alternative, depth)));
    const usable = resolved.filter((alternative) => typeOf(alternative) !== 'null');
    if (depth < FULL_DEPTH) return usable[0] ?? resolved[0];
    return resolved.find(isFlat) ?? resolved[0];
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const maxProperties = limit(schema, 'maxProperties') ?? Number.POSITIVE_INFINITY;
    const minProperties = Math.max(required.size, limit(schema, 'minProperties') ?? 0);
    const names = [...new Set([...required, ...Object.keys(properties)])].filter((name) => typeof name === 'string');
    const wanted = depth < FULL_DEPTH ? maxProperties : minProperties;
    const members = names.slice(0, wanted).map((name): [string, unknown] => [name, this.sample(properties[name], depth + 1, 0)]);
    for (let index = members.length; index < minProperties; index += 1) {
      members.push([`property${index + 1}`, this.sample(schema.additionalProperties, depth + 1, 0)]);
    }
    return Object.fromEntries(inDeclaredOrder(members, Object.keys(properties)));
  }

  #array(schema: JsonObject, depth: number): readonly unknown[] {
    const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    const minItems = limit(schema, 'minItems') ?? 0;
    const maxItems = limit(schema, 'maxItems') ?? Number.POSITIVE_INFINITY;
    const usual = depth < FULL_DEPTH ? Math.max(1, prefix.length) : 0;
    const length = Math.min(Math.max(minItems, schema.items === false ? Math.min(usual, prefix.length) : usual), maxItems);
    return Array.from({ length }, (_, index) => this.sample(prefix[index] ?? schema.items, depth + 1, index));
  }
}

function alternativesOf(schema: JsonObject): readonly unknown[] {
  const alternatives = schema.anyOf ?? schema.oneOf;
  return Array.isArray(alternatives) ? alternatives : [];
}

/** Both sides hold: properties and required names are joined, of two limits the right-hand one wins. */
function mergeSchemas(left: JsonObject, right: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...left, ...right };
  if (isJsonObject(left.properties) && isJsonObject(right.properties)) {
    merged.properties = { ...left.properties, ...right.properties };
  }
  if (Array.isArray(left.required) && Array.isArray(right.required)) {
    merged.required = [...left.required, ...right.required];
  }
  return merged;
}

function isFlat(schema: JsonObject): boolean {
  const type = typeOf(schema);
  return alternativesOf(schema).length === 0 && type !== 'object' && type !== 'array';
}

/** The type in lower case; of several the first that is not null; where none is given, what the keywords suggest. */
function typeOf(schema: JsonObject): string {
  const types = [schema.type]
    .flat()
    .filter((type) => typeof type === 'string')
    .map((type) => type.toLowerCase());
  const type = types.find((candidate) => candidate !== 'null') ?? types[0];
  if (type !== undefined && type !== 'type_unspecified') return type;
  if ('properties' in schema || 'required' in schema || 'additionalProperties' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  return 'minimum' in schema || 'maximum' in schema || 'multipleOf' in schema ? 'number' : 'string';
}

/** Reads a limit, which proto-JSON spells as a string where it is a 64-bit number. */
function limit(schema: JsonObject, name: string): number | undefined {
  const value = schema[name];
  const parsed = typeof value === 'string' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
}

/** Picks among the multiples of the step that lie within the bounds, or a point between the bounds where none does. */
function sampleNumber(schema: JsonObject, step: number, variant: number): number {
  const unit = limit(schema, 'multipleOf') ?? step;
  const [lowest, isLowestOpen] = bound(schema, 'minimum', 'exclusiveMinimum');
  const [highest, isHighestOpen] = bound(schema, 'maximum', 'exclusiveMaximum');
  let first = lowest === undefined ? Number.NEGATIVE_INFINITY : Math.ceil(lowest / unit);
  let last = highest === undefined ? Number.POSITIVE_INFINITY : Math.floor(highest / unit);
  if (isLowestOpen && first * unit === lowest) first += 1;
  if (isHighestOpen && last * unit === highest) last -= 1;
  if (first > last && lowest !== undefined && highest !== undefined && step !== 1) {
    return isLowestOpen || isHighestOpen ? (lowest + highest) / 2 : lowest;
  }
  const isOpenBelow = first === Number.NEGATIVE_INFINITY;
  const multiple = isOpenBelow ? Math.min(variant, last) : first + (variant % Math.max(1, last - first + 1));
  // Dividing by 10 is exact where multiplying by 0.1 is not.
  return Number.isInteger(1 / unit) ? multiple / (1 / unit) : multiple * unit;
}

/** A bound and whether it is open; older drafts write `exclusiveMinimum: true` beside `minimum`. */
function bound(schema: JsonObject, closed: string, open: string): readonly [number | undefined, boolean] {
  const closedAt = limit(schema, closed);
  const openAt = limit(schema, open);
  if (openAt === undefined) return [closedAt, schema[open] === true];
  if (closedAt === undefined) return [openAt, true];
  const isOpenTighter = closed === 'minimum' ? openAt >= closedAt : openAt <= closedAt;
  return isOpenTighter ? [openAt, true] : [closedAt, false];
}

function sampleString(schema: JsonObject, variant: number): string {
  const { pattern, format } = schema;
  if (typeof pattern === 'string') return samplePattern(pattern) ?? SAMPLE_TEXT;
  const formatted = typeof format === 'string' ? FORMATS[format] : undefined;
  if (formatted !== undefined) return formatted;
  const minLength = limit(schema, 'minLength') ?? 0;
  const maxLength = limit(schema, 'maxLength') ?? Number.POSITIVE_INFINITY;
  const words = variant === 0 ? SAMPLE_TEXT : `${variant + 1} ${SAMPLE_TEXT}`;
  return words.padEnd(minLength, '.').slice(0, maxLength);
}

function inDeclaredOrder(members: readonly [string, unknown][], order: readonly string[]): readonly [string, unknown][] {
  const place = new Map(order.map((name, index) => [name, index]));
  const placeOf = ([name]: readonly [string, unknown]) => place.get(name) ?? order.length;
  return [...members].sort((left, right) => placeOf(left) - placeOf(right));
}
