import type { ConsoleWorker } from '../../../channel/contract.ts';

/** What the user calls it, or what it calls itself. */
export function nameOf({ label, id }: Pick<ConsoleWorker, 'label' | 'id'>): string {
  return label ?? id;
}
