import { z } from 'zod';

interface Oneof {
  /** The name by which the service's complaint calls the group. */
  readonly name: string;
  readonly fields: readonly string[];
  /** How the message is called where it is the whole request. */
  readonly message: string;
}

const groups = z.registry<Oneof>();

/** Marks fields of a message of which no more than one may be set. */
export function oneof<T extends z.ZodObject>(schema: T, group: Oneof): T {
  groups.add(schema, group);
  return schema;
}

export function oneofOf(schema: z.ZodObject): Oneof | undefined {
  return groups.get(schema);
}
