import type { ConsoleModel } from '../model/console-model.ts';

/** What each page gets. */
export interface PageProps {
  readonly model: ConsoleModel;
  /** What of the page is open. */
  readonly item: string | undefined;
}
