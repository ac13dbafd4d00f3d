import type { Worker } from './worker.ts';

/** What a worker must be like for a request. */
export interface Requirement {
  /** Account whose workers alone will do; `undefined`: any. */
  readonly account: string | undefined;
  /** What the worker must have said in its hello. */
  readonly capability?: string;
  /** Ids of workers that it was lost with: they get it again only when no other worker would do. */
  readonly avoid?: ReadonlySet<string>;
}

/** Whether a worker is of the account that is named, and has the capability. */
export function isFit(worker: Pick<Worker, 'account' | 'capabilities'>, { account, capability }: Requirement): boolean {
  if (account !== undefined && worker.account !== account) return false;
  return capability === undefined || worker.capabilities.includes(capability);
}
