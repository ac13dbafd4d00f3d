import { readFileSync } from 'node:fs';

/** What a file says, not yet validated, or what is wrong with the file as a whole. */
export interface ConfigFile {
  readonly path: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly problem: string | undefined;
}

/** Reads a configuration file; only one that nobody asked for may be missing. */
export function readConfigFile(path: string, { mustExist }: { mustExist: boolean }): ConfigFile {
  try {
    return parseConfigFile(path, readFileSync(path, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    if (isMissing && !mustExist) return { path, members: {}, problem: undefined };
    return broken(path, isMissing ? 'there is no such file' : `it cannot be read (${code})`);
  }
}

function parseConfigFile(path: string, text: string): ConfigFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a key.
    return broken(path, 'expected JSON, and it is not valid');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return broken(path, 'expected a JSON object, such as {"port": 8787}');
  }
  return { path, members: { ...parsed }, problem: undefined };
}

function broken(path: string, problem: string): ConfigFile {
  return { path, members: {}, problem: `${path}: ${problem}` };
}
