import { setTimeout as wait } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import { type LogLevel, type LogLine, liveEventSchemas, logLevelSchema } from '../../console/contract.ts';
import { CommandError } from '../command-error.ts';
import { untilInterrupted } from '../command-signal.ts';
import { type AddCommand, type Context, jsonOption } from '../context.ts';
import { accessGateway, addAccessOptions, type GatewayAccess, toCommandError } from '../gateway-access.ts';
import { formatTime } from '../output/format.ts';
import type { Tone } from '../output/style.ts';
import { readEvents } from '../server-sent-events.ts';

interface LogsOptions {
  readonly follow?: true;
  readonly level?: LogLevel;
  readonly search?: string;
  readonly lines: number;
  readonly json?: true;
}

/** Pause before the gateway is looked for again after a break. */
const reconnectMs = 1_000;
const maxLines = 1_000;

/** `logs`: what the gateway has logged since its start, and goes on to log. */
export const addLogsCommand: AddCommand = (program, context) => {
  const command = program.command('logs');
  command.description('Print the last log lines of the running gateway; -f goes on until Ctrl-C.');
  command.option('-f, --follow', 'Go on with new lines as they come.');
  command.addOption(new Option('--level <level>', 'This level and more serious ones.').choices(logLevelSchema.options));
  command.option('--search <text>', 'Only lines with this text.');
  command.addOption(new Option('-n, --lines <number>', 'How many lines at most.').argParser(parseLines).default(100));
  addAccessOptions(command);
  command.addOption(jsonOption());
  command.addHelpText('after', '\nWith --json each line is one object.\n');
  command.action(async () => {
    const options = command.opts<LogsOptions>();
    const access = await accessGateway(command, context);
    const last = await printKept(access, options, context, options.lines).catch((error: unknown) => {
      throw toCommandError(error, access);
    });
    if (options.follow) await follow(() => accessGateway(command, context), options, context, last);
  });
};

function parseLines(text: string): number {
  const lines = Number(text);
  if (Number.isInteger(lines) && lines >= 1 && lines <= maxLines) return lines;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${maxLines}.`);
}

/** Prints kept lines, oldest first, from those after `after` on; returns the id of the last. */
async function printKept(
  { api }: GatewayAccess,
  options: LogsOptions,
  context: Context,
  limit: number,
  after = -1,
): Promise<number> {
  const { level, search } = options;
  const { lines } = await api.call('listLogs', { query: { limit, level, search } });
  const fresh = lines.filter(({ id }) => id > after).toReversed();
  for (const line of fresh) print(line, options, context);
  return fresh.at(-1)?.id ?? after;
}

/** Follows over restarts of the gateway; ends well when interrupted. */
async function follow(find: () => Promise<GatewayAccess>, options: LogsOptions, context: Context, last: number): Promise<void> {
  using stop = untilInterrupted(context);
  let lastId = last;
  let startedAtMs: number | undefined;
  while (!stop.signal.aborted) {
    try {
      const access = await find();
      const session = await access.api.call('getSession', {}, stop.signal);
      const started = session.signedIn ? session.gateway.startedAtMs : undefined;
      // Another start counts its lines anew.
      if (startedAtMs !== undefined && started !== startedAtMs) lastId = -1;
      startedAtMs = started;
      for await (const line of liveLines(access, context, stop.signal)) {
        if (line === 'connected') lastId = await printKept(access, options, context, maxLines, lastId);
        else if (line.id > lastId) {
          lastId = line.id;
          if (fits(line, options)) print(line, options, context);
        }
      }
    } catch (error) {
      if (error instanceof CommandError && error.exit === 'refused') throw error;
    }
    await wait(reconnectMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

/** New lines, after a mark that says that none is missed from here on. */
async function* liveLines(
  { api, headers }: GatewayAccess,
  context: Context,
  signal: AbortSignal,
): AsyncGenerator<LogLine | 'connected', void> {
  const response = await context.request(api.urlOf('streamEvents', { query: { topics: 'logs' } }), { headers, signal });
  if (!response.ok || response.body === null) return;
  for await (const { name, data } of readEvents(response.body)) {
    if (name === 'hello') yield 'connected';
    if (name === 'logs') yield* liveEventSchemas.logs.parse(JSON.parse(data)).lines;
  }
}

const levels = logLevelSchema.options;

function fits(line: LogLine, { level, search }: LogsOptions): boolean {
  if (level !== undefined && levels.indexOf(line.level) < levels.indexOf(level)) return false;
  return search === undefined || JSON.stringify(line).toLowerCase().includes(search.toLowerCase());
}

const tones: Readonly<Record<LogLevel, Tone | undefined>> = { debug: 'quiet', info: undefined, warn: 'warning', error: 'bad' };

function print(line: LogLine, { json }: LogsOptions, { writeOutput, style }: Context): void {
  if (json) {
    writeOutput(`${JSON.stringify(line)}\n`);
    return;
  }
  const tone = tones[line.level];
  const level = tone === undefined ? line.level : style(tone, line.level);
  const facts = Object.entries(line.fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  writeOutput(`${[formatTime(line.atMs), level, line.message, ...facts].join(' ')}\n`);
}
