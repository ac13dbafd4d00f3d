import { z } from 'zod';
import { timeMs } from './values.ts';

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Its first characters, to tell keys apart. */
  start: z.string(),
  createdAtMs: timeMs.nullable(),
  /** Within a minute; `null`: not since it was made, as far as is known. */
  lastUsedAtMs: timeMs.nullable(),
  /** The first key lies in the data folder, and is shown by the set-up; it is replaced by deleting its file. */
  canRevoke: z.boolean(),
});
export type Key = z.infer<typeof keySchema>;

export const keyListSchema = z.object({ keys: z.array(keySchema) });
export const newKeySchema = z.object({ name: z.string().trim().min(1).max(60) });
export type NewKey = z.infer<typeof newKeySchema>;

/** The only answer that holds the key itself. */
export const createdKeySchema = z.object({ key: keySchema, value: z.string() });
export type CreatedKey = z.infer<typeof createdKeySchema>;
