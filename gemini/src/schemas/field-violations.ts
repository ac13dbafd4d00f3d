import { z } from 'zod';
import { oneofOf } from './oneof.ts';

/** One thing that is wrong with a request, in the service's words. */
export interface FieldViolation {
  /** Whether the schemas do not know the field, its value does not fit, or something is missing. */
  readonly kind: 'unknown-field' | 'invalid-value' | 'missing';
  /** `tools[0].function_declarations[5].parameters`; undefined for the request itself. */
  readonly field: string | undefined;
  readonly description: string;
}

/** Compares a value with a schema as the service does: either spelling of names, numbers as text, one value for a list. */
export function fieldViolationsOf(schema: z.ZodType, value: unknown): readonly FieldViolation[] {
  const violations: FieldViolation[] = [];
  compare(schema, { value, path: '', violations });
  return violations;
}

const BOOLEANS: ReadonlySet<unknown> = new Set([true, false, 'true', 'false']);

interface Place {
  readonly value: unknown;
  readonly path: string;
  readonly violations: FieldViolation[];
}

function compare(schema: unknown, place: Place): void {
  const { value } = place;
  if (schema instanceof z.ZodOptional) compare(schema.unwrap(), place);
  else if (value === null || value === undefined || schema instanceof z.ZodUnknown) return;
  else if (schema instanceof z.ZodObject) compareMessage(schema, place);
  else if (schema instanceof z.ZodArray) compareList(schema, place);
  else if (schema instanceof z.ZodRecord) compareMap(schema, place);
  else compareScalar(schema, place);
}

function compareMessage(schema: z.ZodObject, place: Place): void {
  const { value, path, violations } = place;
  if (!isObject(value)) {
    complain(
      place,
      path === '' ? 'Invalid JSON payload received. Unknown name "": Root element must be a message.' : misfit(place),
    );
    return;
  }
  const seen: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    const name = toCamelCase(key);
    const field: unknown = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    if (field === undefined) {
      violations.push(unknownField(key, path));
    } else {
      if (member !== null && member !== undefined) seen.push(name);
      compare(field, { value: member, path: join(path, toSnakeCase(name)), violations });
    }
  }
  const group = oneofOf(schema);
  const [, second] = group?.fields.filter((name) => seen.includes(name)) ?? [];
  if (group !== undefined && second !== undefined) {
    const where = path === '' ? group.message : path;
    const description = `Invalid value at '${where}' (oneof), oneof field '${group.name}' is already set. Cannot set '${second}'`;
    violations.push({ kind: 'invalid-value', field: where, description });
  }
}

/** One value stands for a list of one. */
function compareList(schema: z.ZodArray, { value, path, violations }: Place): void {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, item] of items.entries()) compare(schema.element, { value: item, path: `${path}[${index}]`, violations });
}

function compareMap(schema: z.ZodRecord, place: Place): void {
  const { value, path, violations } = place;
  if (!isObject(value)) {
    complain(place, misfit(place));
    return;
  }
  for (const [index, member] of Object.values(value).entries()) {
    compare(schema.valueType, { value: member, path: `${path}[${index}].value`, violations });
  }
}

function compareScalar(schema: unknown, place: Place): void {
  const type = expectedType(schema, place.value);
  if (type !== undefined) complain(place, misfit(place, ` (${type})`));
}

function misfit({ value, path }: Place, type = ''): string {
  return Array.isArray(value)
    ? `Invalid value at '${path}': Proto field is not repeating, cannot start list.`
    : `Invalid value at '${path}'${type}, ${JSON.stringify(value)}`;
}

/** The type that the service names where the value is of another; undefined where it fits. */
function expectedType(schema: unknown, value: unknown): string | undefined {
  if (schema instanceof z.ZodString) return typeof value === 'string' || typeof value === 'number' ? undefined : 'TYPE_STRING';
  if (schema instanceof z.ZodNumberFormat) return Number.isInteger(numberOf(value)) ? undefined : 'TYPE_INT32';
  if (schema instanceof z.ZodNumber) return Number.isNaN(numberOf(value)) ? 'TYPE_FLOAT' : undefined;
  if (schema instanceof z.ZodBoolean) return BOOLEANS.has(value) ? undefined : 'TYPE_BOOL';
  return undefined;
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

function unknownField(name: string, path: string): FieldViolation {
  const where = path === '' ? '' : ` at '${path}'`;
  const description = `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`;
  return { kind: 'unknown-field', field: path === '' ? undefined : path, description };
}

function complain({ path, violations }: Place, description: string): void {
  violations.push({ kind: 'invalid-value', field: path === '' ? undefined : path, description });
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toCamelCase(name: string): string {
  return name.includes('_') ? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
