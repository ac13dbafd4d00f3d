import { setTimeout as wait } from 'node:timers/promises';
import { untilInterrupted } from '../command-signal.ts';
import { type AddCommand, type Context, jsonOption, lineWidth, printJson } from '../context.ts';
import { accessGateway, addAccessOptions, type GatewayAccess, toCommandError } from '../gateway-access.ts';
import { showLive } from '../output/live-screen.ts';
import { type GatewayStatus, statusText } from '../output/status-text.ts';

const refreshMs = 1_000;

/** `status`: how the gateway is; a picture that renews itself on a terminal. */
export const addStatusCommand: AddCommand = (program, context) => {
  const command = program.command('status');
  command.description('How the gateway is: requests, errors, tokens, workers. On a terminal it renews itself until Ctrl-C.');
  command.option('--once', 'Show it once, on a terminal too.');
  addAccessOptions(command);
  command.addOption(jsonOption());
  command.action(async () => {
    const { once, json } = command.opts<{ once?: true; json?: true }>();
    const access = await accessGateway(command, context);
    const read = () => readStatus(access).catch((error: unknown) => Promise.reject(toCommandError(error, access)));
    const status = await read();
    if (json) printJson(context, status);
    else if (once || !context.outputFacts().isTerminal) context.writeOutput(toText(status, access, context));
    else await watch(() => accessGateway(command, context), context);
  });
};

async function readStatus({ api }: GatewayAccess): Promise<GatewayStatus> {
  const [session, overview, { workers }] = await Promise.all([
    api.call('getSession', {}),
    api.call('getOverview', { query: { range: '15m' } }),
    api.call('listWorkers', {}),
  ]);
  return { gateway: session.signedIn ? session.gateway : undefined, overview, workers };
}

function toText(status: GatewayStatus, { url }: GatewayAccess, context: Context): string {
  return statusText({ status, url, style: context.style, columns: lineWidth(context) });
}

/** A gateway that restarts is waited for, at whatever address it then has. */
async function watch(findGateway: () => Promise<GatewayAccess>, context: Context): Promise<void> {
  using stop = untilInterrupted(context);
  using screen = showLive(context);
  while (!stop.signal.aborted) {
    screen.draw(await picture(findGateway, context));
    await wait(refreshMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

async function picture(findGateway: () => Promise<GatewayAccess>, context: Context): Promise<string> {
  try {
    const access = await findGateway();
    return toText(await readStatus(access), access, context);
  } catch (error) {
    return `${context.style('bad', error instanceof Error ? error.message : String(error))}\n`;
  }
}
