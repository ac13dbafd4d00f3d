import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { adminTokenFile } from '../auth/secrets.ts';
import { loadConfig } from '../config/load-config.ts';
import { settings } from '../config/schema.ts';
import { type ConsoleClient, ConsoleError, createConsoleClient } from '../console/contract.ts';
import { CommandError } from './command-error.ts';
import { type Context, configFileOption, settingFlags, settingOption } from './context.ts';
import { gatewayUrl } from './gateway-url.ts';
import type { HttpRequest } from './http-request.ts';

/** A command's way to the running gateway. */
export interface GatewayAccess {
  readonly url: string;
  readonly dataFolder: string;
  readonly api: ConsoleClient;
  /** Header that opens the console's API. */
  readonly headers: Readonly<Record<string, string>>;
}

const settingsOfAccess = ['host', 'port', 'dataFolder'];

/** Flags of every command that talks to a running gateway. */
export function addAccessOptions(command: Command): void {
  for (const setting of settings) if (settingsOfAccess.includes(setting.key)) command.addOption(settingOption(setting));
  command.addOption(configFileOption());
}

/** Finds the gateway of the data folder and what opens it. Nothing is sent yet. */
export async function accessGateway(command: Command, { env, request, callName }: Context): Promise<GatewayAccess> {
  const { config } = loadConfig({ flags: settingFlags(command), env });
  const { dataFolder } = config;
  const url = await gatewayUrl(config);
  const token = await readAdminToken(dataFolder);
  if (token === undefined) throw unreachable(`No gateway has run with the data folder ${dataFolder} yet.`, callName);
  const headers = { authorization: `Bearer ${token}` };
  return {
    url,
    dataFolder,
    headers,
    api: createConsoleClient({ baseUrl: url, fetch: toFetch(request, url, callName), headers }),
  };
}

export async function readAdminToken(dataFolder: string): Promise<string | undefined> {
  const text = await readFile(join(dataFolder, adminTokenFile), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

/** What a failed call ends the command with. */
export function toCommandError(error: unknown, { url, dataFolder }: Pick<GatewayAccess, 'url' | 'dataFolder'>): unknown {
  if (!(error instanceof ConsoleError)) return error;
  if (error.status === 401) {
    return new CommandError(
      'refused',
      `The gateway at ${url} does not take the admin token of ${dataFolder}: it runs with another data folder. Name that with --data-folder.`,
      { cause: error },
    );
  }
  if (error.reason === undefined) {
    return new CommandError('unreachable', `Something else than this gateway answers at ${url} (HTTP ${error.status}).`, {
      cause: error,
    });
  }
  return new CommandError(error.status >= 500 ? 'failure' : 'refused', error.message, { cause: error });
}

/** Longest wait for an answer of the console's API, which waits for nobody itself. */
const answerTimeoutMs = 15_000;

function toFetch(request: HttpRequest, url: string, callName: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const signal = AbortSignal.any([AbortSignal.timeout(answerTimeoutMs), ...(init.signal ? [init.signal] : [])]);
    const headers = Object.fromEntries(new Headers(init.headers).entries());
    const { method, body } = init;
    try {
      return await request(String(input), {
        signal,
        headers,
        ...(isMethod(method) ? { method } : {}),
        ...(typeof body === 'string' ? { body } : {}),
      });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      throw unreachable(`No gateway answers at ${url}${code}.`, callName, error);
    }
  };
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function isMethod(method: string | undefined): method is (typeof methods)[number] {
  return methods.some((known) => known === method);
}

function unreachable(what: string, callName: string, cause?: unknown): CommandError {
  return new CommandError('unreachable', `${what} Start one: ${callName} serve. What is in the way: ${callName} doctor.`, {
    cause,
  });
}
