import { z } from 'zod';
import { count, timeMs } from './values.ts';

const settingSchema = z.object({
  /** Member of the configuration file: `firstByteTimeout`. */
  member: z.string(),
  /** `--first-byte-timeout` */
  flag: z.string(),
  /** `GEMINI_PROXY_FIRST_BYTE_TIMEOUT` */
  variable: z.string(),
  description: z.string(),
  /** `null`: not set, or a secret. */
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
  unit: z.enum(['bytes', 'milliseconds']).nullable(),
  defaultText: z.string(),
  isSecret: z.boolean(),
  isSet: z.boolean(),
  source: z.object({
    kind: z.enum(['default', 'file', 'environment', 'flag']),
    /** `--port`, `GEMINI_PROXY_PORT`, `port in /path/config.json`, `default`. */
    name: z.string(),
  }),
});
export type Setting = z.infer<typeof settingSchema>;
export const settingListSchema = z.object({ settings: z.array(settingSchema) });

export const logLevelSchema = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof logLevelSchema>;

export const logLineSchema = z.object({
  /** Grows from line to line. */
  id: count,
  atMs: timeMs,
  level: logLevelSchema,
  /** `request-failed`, … */
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
});
export type LogLine = z.infer<typeof logLineSchema>;

export const logQuerySchema = z.object({
  /** This level and more serious ones. */
  level: logLevelSchema.optional(),
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  /** Id: older ones than this. */
  before: z.coerce.number().int().optional(),
});
export type LogQuery = z.infer<typeof logQuerySchema>;

export const logListSchema = z.object({
  /** Newest first. */
  lines: z.array(logLineSchema),
  nextBefore: count.nullable(),
});
export type LogList = z.infer<typeof logListSchema>;
