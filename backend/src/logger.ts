import { type DestinationStream, destination as fileDestination, type Logger, pino } from 'pino';
import type { Config } from './config/config.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: Config['logLevel'];
  /** Values that must never be written, wherever they come from. */
  readonly secrets: readonly string[];
  /** Default: standard error, as short lines on a terminal and as JSON elsewhere. */
  readonly destination?: DestinationStream;
}

/**
 * Makes the gateway's logger. Requests are logged by method and path alone, and every finished line is searched for
 * secrets once more, since error texts of libraries quote what they were given.
 */
export function createLogger({ level, secrets, destination }: LoggerOptions): Logger {
  const scrub = createScrubber(secrets);
  const serializers = {
    req: toLoggedRequest,
    request: toLoggedRequest,
    err: pino.stdSerializers.err,
    error: pino.stdSerializers.err,
  };
  return pino(
    { level, base: null, serializers, redact: { paths: secretMembers, censor: mark }, hooks: { streamWrite: scrub } },
    destination ?? standardError(),
  );
}

/** Path without its query, which may hold a key. */
export function loggedPath(url: string): string {
  const queryStart = url.indexOf('?');
  return queryStart < 0 ? url : url.slice(0, queryStart);
}

const mark = '[secret]';

const secretMembers = ['headers', 'body', 'apiKey', 'clientKey', 'workerToken', 'adminToken', 'token', 'key'].flatMap((name) => [
  name,
  `*.${name}`,
]);

/** Takes keys and tokens out of a finished line: these ones, and all that look like one. */
export function createScrubber(secrets: readonly string[]): (line: string) => string {
  const known = secrets.filter((secret) => secret !== '').map((secret) => JSON.stringify(secret).slice(1, -1));
  return (line) => {
    let scrubbed = line.replace(secretForms, (_, lead: string | undefined) => `${lead ?? ''}${mark}`);
    for (const secret of known) scrubbed = scrubbed.replaceAll(secret, mark);
    return scrubbed;
  };
}

/** Query parameters that carry keys, Bearer values, and the forms of this gateway's and of Google's keys. */
const secretForms =
  /([?&](?:key|access_token|oauth_token)=)[^&\s"\\]+|(?<=bearer\s+)[\w.~+/=-]{8,}|gp-(?:client|worker|admin)-[\w-]+|\bAIza[\w-]{20,}|\bAQ\.[\w-]{20,}/gi;

function toLoggedRequest(request: unknown): unknown {
  if (typeof request !== 'object' || request === null) return undefined;
  const method = 'method' in request ? request.method : undefined;
  const url = 'url' in request && typeof request.url === 'string' ? loggedPath(request.url) : undefined;
  return { method, path: url };
}

function standardError(): DestinationStream {
  const stream = fileDestination({ fd: process.stderr.fd, sync: true });
  return process.stderr.isTTY ? { write: (line) => stream.write(toHumanLine(line)) } : stream;
}

/** One JSON line of the log as `12:00:00 warn worker lost worker=abc`, with the stack of an error below. */
export function toHumanLine(line: string): string {
  const entry: unknown = JSON.parse(line);
  if (typeof entry !== 'object' || entry === null) return line;
  const members = new Map<string, unknown>(Object.entries(entry));
  const time = new Date(Number(members.get('time'))).toTimeString().slice(0, 8);
  const level = pino.levels.labels[Number(members.get('level'))];
  const error = members.get('err');
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? `\n${error.stack}` : '';
  const shownApart = ['time', 'level', 'msg', ...(stack === '' ? [] : ['err'])];
  const facts = [...members].filter(([name]) => !shownApart.includes(name)).map(([name, value]) => `${name}=${toText(value)}`);
  return `${[time, level, members.get('msg') ?? '', ...facts].join(' ')}${stack}\n`;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
