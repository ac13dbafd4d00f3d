import type { HeaderList } from '@gemini-proxy/protocol';

/** The headers of a request and of its answer. */
export interface HeaderLists {
  readonly request: HeaderList;
  readonly answer: HeaderList;
}

/**
 * Both lists as lines, a name and its value in turn, with an empty line between them: one string in place of a hundred small objects, which the garbage
 * collector would move and mark for as long as they are kept. No name is empty, and neither names nor values hold a line break: HTTP's parser and the
 * session see to that.
 */
export type PackedHeaders = string;

export function packed(headers: HeaderLists | PackedHeaders): PackedHeaders {
  if (typeof headers === 'string') return headers;
  const lines: string[] = [];
  for (const [name, value] of headers.request) lines.push(name, value);
  lines.push('');
  for (const [name, value] of headers.answer) lines.push(name, value);
  return lines.join('\n');
}

export function unpacked(headers: HeaderLists | PackedHeaders): HeaderLists {
  if (typeof headers !== 'string') return headers;
  const lines = headers.split('\n');
  const request: [string, string][] = [];
  const answer: [string, string][] = [];
  let list = request;
  for (let index = 0; index < lines.length; index += 1) {
    const name = lines[index] ?? '';
    if (name === '') {
      list = answer;
    } else {
      index += 1;
      list.push([name, lines[index] ?? '']);
    }
  }
  return { request, answer };
}
