import { isLoopback } from './endpoint.ts';

/** What the user chooses; everything that `connect` needs. */
export interface Settings {
  readonly endpoint: string;
  readonly token: string;
  /** Label of the signed-in account: connections with one label share its files. */
  readonly account: string;
  readonly connections: number;
  /** What makes the calls: the page's `fetch`, or `@google/genai` where only its calls are authorised. */
  readonly executor: ExecutorName;
  /** `emulator` only when the address says so; never stored. */
  readonly kind: 'aistudio' | 'emulator';
}

export const executorNames = ['fetch', 'sdk'] as const;
export type ExecutorName = (typeof executorNames)[number];

export const connectionBounds = { min: 1, max: 16 } as const;

export const defaultSettings: Settings = {
  endpoint: 'ws://127.0.0.1:8787/worker',
  token: '',
  account: 'default',
  connections: 1,
  executor: 'fetch',
  kind: 'aistudio',
};

export interface FragmentSettings {
  readonly settings: Partial<Settings>;
  /** What is left for the address bar: parameters of others. */
  readonly rest: string;
}

/** Takes `#endpoint=…&token=…&connections=…` (also `account`, `executor`, `kind`) out of the fragment. */
export function parseFragment(fragment: string): FragmentSettings {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''));
  const take = (name: string): string | undefined => {
    const value = parameters.get(name)?.trim();
    parameters.delete(name);
    return value === '' ? undefined : value;
  };
  const endpoint = take('endpoint');
  const token = take('token');
  const account = take('account');
  const connections = take('connections');
  const executor = take('executor');
  const kind = take('kind');
  return {
    settings: {
      ...(endpoint !== undefined && { endpoint }),
      ...(token !== undefined && { token }),
      ...(account !== undefined && { account }),
      ...(connections !== undefined && { connections: toConnectionCount(connections) }),
      ...(executor !== undefined && { executor: toExecutorName(executor) }),
      ...(kind === 'emulator' && { kind }),
    },
    rest: parameters.size === 0 ? '' : `#${parameters}`,
  };
}

/** Anything unknown is the default. */
export function toExecutorName(value: unknown): ExecutorName {
  return executorNames.find((name) => name === value) ?? defaultSettings.executor;
}

/** A whole number within the bounds; anything unreadable is the default. */
export function toConnectionCount(value: unknown): number {
  const count = Math.trunc(Number(value));
  if (!Number.isFinite(count)) return defaultSettings.connections;
  return Math.min(connectionBounds.max, Math.max(connectionBounds.min, count));
}

/**
 * Whether the page may connect without being asked: a link must not be able to hand the signed-in session to a
 * stranger's gateway, so a link alone is enough only for this machine.
 */
export function mayConnectUnasked(fromLink: Partial<Settings>, settings: Settings): boolean {
  return fromLink.token !== undefined && isLoopback(settings.endpoint);
}
