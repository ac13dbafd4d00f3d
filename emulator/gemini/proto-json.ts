export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as an object; anything else counts as an empty message. */
export function toMessage(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Reads a field by its camelCase name and accepts the snake_case spelling, as the service does. */
export function field(message: JsonObject, name: string): unknown {
  return message[name] ?? message[toSnakeCase(name)];
}

/** Reads a repeated field; a single value stands for a list of one, as the service has it. */
export function repeated(message: JsonObject, name: string): readonly unknown[] {
  const value = field(message, name);
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

export function text(message: JsonObject, name: string): string {
  const value = field(message, name);
  return typeof value === 'string' ? value : '';
}

/** Reads a number, which proto-JSON also allows to be spelled as a string. */
export function number(message: JsonObject, name: string): number | undefined {
  const value = field(message, name);
  const parsed = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
}

const snakeCaseNames = new Map<string, string>();

/** Called with the names in this program only, so the memory stays small. */
export function toSnakeCase(name: string): string {
  const known = snakeCaseNames.get(name);
  if (known !== undefined) return known;
  const snakeCase = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  snakeCaseNames.set(name, snakeCase);
  return snakeCase;
}
