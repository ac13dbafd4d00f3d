import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleSchema } from './schema-sample.ts';

type Schema = Record<string, unknown>;

/** An independent and deliberately plain validator of the keywords that the sampler knows. */
function isValid(value: unknown, input: unknown, root: unknown = input): boolean {
  if (input === true || typeof input !== 'object' || input === null) return input !== false;
  const schema: Schema = { ...input };
  if (typeof schema.$ref === 'string') {
    const target = schema.$ref
      .split('/')
      .slice(1)
      .reduce<unknown>((place, step) => Object(place)[step], root);
    if (!isValid(value, target, root)) return false;
  }
  const list = (name: string): unknown[] | undefined => (Array.isArray(schema[name]) ? schema[name] : undefined);
  const every = (...checks: boolean[]) => checks.every(Boolean);
  const above = (name: string, amount: number) => schema[name] === undefined || amount >= Number(schema[name]);
  const below = (name: string, amount: number) => schema[name] === undefined || amount <= Number(schema[name]);
  const anyOf = list('anyOf');
  const oneOf = list('oneOf');
  return every(
    !('const' in schema) || JSON.stringify(value) === JSON.stringify(schema.const),
    list('enum')?.some((choice) => JSON.stringify(choice) === JSON.stringify(value)) ?? true,
    anyOf?.some((alternative) => isValid(value, alternative, root)) ?? true,
    oneOf === undefined || oneOf.filter((alternative) => isValid(value, alternative, root)).length === 1,
    list('allOf')?.every((part) => isValid(value, part, root)) ?? true,
    isOfType(value, schema),
    typeof value !== 'string' ||
      every(
        above('minLength', value.length),
        below('maxLength', value.length),
        typeof schema.pattern !== 'string' || new RegExp(schema.pattern, 'u').test(value),
      ),
    typeof value !== 'number' ||
      every(
        above('minimum', value),
        below('maximum', value),
        typeof schema.exclusiveMinimum !== 'number' || value > schema.exclusiveMinimum,
        typeof schema.exclusiveMaximum !== 'number' || value < schema.exclusiveMaximum,
        typeof schema.multipleOf !== 'number' || Number.isInteger(value / schema.multipleOf),
      ),
    !Array.isArray(value) ||
      every(
        above('minItems', value.length),
        below('maxItems', value.length),
        value.every((element, index) => isValid(element, list('prefixItems')?.[index] ?? schema.items ?? true, root)),
        schema.uniqueItems !== true || new Set(value.map((element) => JSON.stringify(element))).size === value.length,
      ),
    !isObject(value) ||
      every(
        above('minProperties', Object.keys(value).length),
        below('maxProperties', Object.keys(value).length),
        list('required')?.every((name) => String(name) in value) ?? true,
        Object.entries(value).every(([name, member]) =>
          isValid(member, Object(schema.properties)[name] ?? schema.additionalProperties ?? true, root),
        ),
      ),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfType(value: unknown, schema: Schema): boolean {
  const types = [schema.type ?? []].flat().map((type) => String(type).toLowerCase());
  if (types.length === 0 || (schema.nullable === true && value === null)) return true;
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return types.includes(actual) || (types.includes('integer') && Number.isInteger(value));
}

const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.record({ type: fc.constantFrom('string', 'STRING'), minLength: fc.nat(30) }, { requiredKeys: ['type'] }),
  fc.nat(20).chain((minLength) =>
    fc.record({
      type: fc.constant('string'),
      minLength: fc.constant(minLength),
      maxLength: fc.integer({ min: minLength, max: 40 }),
    }),
  ),
  fc.integer({ min: -1000, max: 1000 }).chain((minimum) =>
    fc.record({
      type: fc.constantFrom('integer', 'NUMBER', 'number'),
      minimum: fc.constant(minimum),
      maximum: fc.integer({ min: minimum, max: 2000 }),
    }),
  ),
  fc.record({ type: fc.constantFrom('integer', 'NUMBER'), exclusiveMinimum: fc.integer({ min: -50, max: 50 }) }),
  fc.record({ type: fc.constantFrom('integer', 'NUMBER'), maximum: fc.integer({ min: -50, max: 50 }) }),
  fc.record({ type: fc.constant('number'), minimum: fc.integer({ min: -50, max: 50 }), multipleOf: fc.constantFrom(1, 5, 0.25) }),
  fc.record({ type: fc.constantFrom('boolean', 'BOOLEAN', 'null') }),
  fc.record({ enum: fc.array(fc.string(), { minLength: 1 }) }),
  fc.record({ const: fc.jsonValue() }),
);

const { schema: anySchema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.nat(4).chain((minItems) =>
      fc.record({
        type: fc.constantFrom('array', 'ARRAY'),
        items: tie('schema'),
        minItems: fc.constantFrom(minItems, String(minItems)),
        maxItems: fc.integer({ min: minItems, max: 6 }),
      }),
    ),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('schema'), { maxKeys: 5 }).chain((properties) =>
      fc.record({
        type: fc.constantFrom('object', 'OBJECT'),
        properties: fc.constant(properties),
        required: fc.subarray(Object.keys(properties)),
      }),
    ),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
  ),
}));

describe('sampleSchema', () => {
  it('satisfies any schema that can be satisfied', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        expect([sampleSchema(schema), schema]).toSatisfy(([value]) => isValid(value, schema));
      }),
      { numRuns: 2000 },
    );
  });

  it('makes the same value each time', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        expect(sampleSchema(schema)).toEqual(sampleSchema(structuredClone(schema)));
      }),
    );
  });

  it.each<[string, Schema]>([
    [
      'a router decision',
      {
        type: 'object',
        properties: { complexity_reasoning: { type: 'string' }, complexity_score: { type: 'integer', minimum: 1, maximum: 100 } },
        required: ['complexity_reasoning', 'complexity_score'],
      },
    ],
    [
      'references',
      {
        $defs: { step: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } },
        type: 'array',
        items: { $ref: '#/$defs/step' },
        minItems: 2,
      },
    ],
    [
      'a recursive list',
      {
        $defs: {
          node: {
            type: 'object',
            properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
            required: ['next'],
          },
        },
        $ref: '#/$defs/node',
      },
    ],
    [
      'a recursive tree',
      { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } }, required: ['children'] },
    ],
    [
      'allOf',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'integer' } }, required: ['b'] },
        ],
      },
    ],
    ['oneOf', { oneOf: [{ type: 'string' }, { type: 'integer' }] }],
    ['several types', { type: ['null', 'integer'], minimum: 7 }],
    ['nullable', { type: 'STRING', nullable: true, minLength: '3' }],
    ['an open range', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.1 }],
    ['a closed range', { type: 'number', minimum: 0.1, maximum: 0.2 }],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }], items: false }],
    ['unique elements', { type: 'array', items: { type: 'string' }, minItems: 4, uniqueItems: true }],
    ['free members', { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 2 }],
    [
      'few members',
      { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['b'], maxProperties: 1 },
    ],
    ['a pattern', { type: 'string', pattern: '^[A-Z]{3}-\\d{4}(?:x|y)+$' }],
  ])('satisfies %s', (_, schema) => {
    const value = sampleSchema(schema);
    expect(value).toSatisfy((candidate) => isValid(candidate, schema));
  });

  it('fills optional members too', () => {
    expect(sampleSchema({ type: 'OBJECT', properties: { a: { type: 'STRING' }, b: { type: 'BOOLEAN' } } })).toEqual({
      a: 'sample text',
      b: true,
    });
  });

  it.each([undefined, null, true, 'text', [], { $ref: '#/nowhere' }, { $ref: '#' }, { allOf: [{ $ref: '#' }] }, { anyOf: [] }])(
    'survives %j (case %#)',
    (schema) => {
      expect(() => sampleSchema(schema)).not.toThrow();
    },
  );
});
