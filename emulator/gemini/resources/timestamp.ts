/** Prints milliseconds since 1970 as the service prints a Timestamp, with 6 or 9 digits of a second. */
export function formatTimestamp(epochMs: number, digits: 6 | 9 = 6): string {
  const wholeMs = Math.floor(epochMs);
  const nanoseconds = Math.floor((epochMs - wholeMs) * 1e6);
  const text = `${new Date(wholeMs).toISOString().slice(0, -1)}${String(nanoseconds).padStart(6, '0')}`;
  return `${digits === 6 ? text.slice(0, -3) : text}Z`;
}

/** Reads a Duration such as `300s` or `1.5s` as milliseconds; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  const seconds = /^(-?\d{1,12}(?:\.\d{1,9})?)s$/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** Reads an RFC 3339 Timestamp as milliseconds since 1970; undefined where the text is none. */
export function parseTimestamp(text: string): number | undefined {
  const isTimestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const epochMs = isTimestamp ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
