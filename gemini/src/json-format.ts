/** Pieces around the elements of an array-mode stream, whose elements are printed by `formatPrettyJson`. */
export const JSON_ARRAY_FRAMING = { start: '[', separator: ',\r\n', end: ']' } as const;

/** Prints a value as Google prints a whole answer: two spaces, a newline at the end, `<` and `>` escaped. */
export function formatPrettyJson(value: unknown): string {
  return `${escapeAngles(JSON.stringify(value, undefined, 2))}\n`;
}

/** Prints a value on one line as Google prints an event: a space after `:`, none after `,`, `<` and `>` escaped. */
export function formatLineJson(value: unknown): string {
  return escapeAngles(line(value));
}

/** Prints a value as one server-sent event in Google's framing. */
export function formatSseEvent(value: unknown): string {
  return `data: ${formatLineJson(value)}\r\n\r\n`;
}

/** In JSON text both characters can stand only inside strings. */
function escapeAngles(json: string): string {
  if (!json.includes('<') && !json.includes('>')) return json;
  return json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
}

function line(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(line).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}: ${line(member)}`;
  }
  return `{${text}}`;
}
