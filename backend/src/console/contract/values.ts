import { z } from 'zod';

export const count = z.int().nonnegative();
/** Milliseconds since 1970. */
export const timeMs = z.number().nonnegative();
/** Milliseconds from one moment to another. */
export const durationMs = z.number().nonnegative();
export const byteCount = z.number().nonnegative();
export const headerList = z.array(z.tuple([z.string(), z.string()]));
