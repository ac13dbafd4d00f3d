import { stat } from 'node:fs/promises';
import { openSqliteStore } from '../../store/sqlite-store.ts';
import { StoreError } from '../../store/store.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Opens the store as the gateway does. Only while no gateway has it open. */
export async function checkStore(path: string): Promise<Finding> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return ok('store', 'There is no store yet; the first start makes it.');
  try {
    openSqliteStore(path).close();
    return ok('store', 'The store can be read.');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const [, what = error.message, remedy = ''] = /^(.*?[.)])\s+([A-Z].*)$/s.exec(error.message) ?? [];
    return problem('store', what, remedy);
  }
}
