import { z } from 'zod';
import { byteCount, count, timeMs } from './values.ts';

const resourceSchema = z.object({
  /** `files/abc`, `cachedContents/abc`, … */
  name: z.string(),
  /** Its collection: `files`, `cachedContents`, … */
  kind: z.string(),
  account: z.string(),
  /** Whether a worker of the account is ready. */
  isOwnerReady: z.boolean(),
  /** As the Gemini API tells it: `PROCESSING`, `ACTIVE`, …; `null`: it tells none. */
  state: z.string().nullable(),
  displayName: z.string().nullable(),
  mimeType: z.string().nullable(),
  sizeBytes: byteCount.nullable(),
  expiresAtMs: timeMs.nullable(),
});
export type Resource = z.infer<typeof resourceSchema>;

export const uploadSchema = z.object({
  /** Not the id of the upload protocol, which is a secret. */
  id: z.string(),
  createdAtMs: timeMs,
  displayName: z.string().nullable(),
  mimeType: z.string().nullable(),
  /** `receiving`: from its client; `sending`: to the Gemini API. */
  state: z.enum(['receiving', 'sending', 'final', 'cancelled']),
  totalBytes: byteCount.nullable(),
  receivedBytes: byteCount,
  account: z.string().nullable(),
  /** Status that its client got. */
  status: z.int().nullable(),
});
export type Upload = z.infer<typeof uploadSchema>;

export const resourceQuerySchema = z.object({
  kind: z.string().max(100).optional(),
  account: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  /** Name of the last one of the page before. */
  after: z.string().max(300).optional(),
});
export type ResourceQuery = z.infer<typeof resourceQuerySchema>;

export const resourceListSchema = z.object({
  /** By name. */
  resources: z.array(resourceSchema),
  nextAfter: z.string().nullable(),
  total: count,
  /** Newest first, without those long over. */
  uploads: z.array(uploadSchema),
});
export type ResourceList = z.infer<typeof resourceListSchema>;
