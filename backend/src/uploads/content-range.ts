/** A `Content-Range` of a resumable upload. */
export interface ContentRange {
  /** `undefined`: no bytes come, the header asks for the state of the upload. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** `undefined`: not known yet. */
  readonly totalBytes: number | undefined;
}

/** Reads `bytes 0-99/200`, with `*` for what is not known; `undefined` for anything else. */
export function parseContentRange(text: string): ContentRange | undefined {
  const match = /^bytes[ =](?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/.exec(text.trim());
  if (match === null) return undefined;
  const first = toNumber(match[1]);
  const last = toNumber(match[2]);
  const totalBytes = toNumber(match[3]);
  if (first === undefined || last === undefined) return { first: undefined, last: undefined, totalBytes };
  if (last < first || (totalBytes !== undefined && last >= totalBytes)) return undefined;
  return { first, last, totalBytes };
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined || digits === '*' ? undefined : Number(digits);
}
