import { useEffect, useSyncExternalStore } from 'react';
import type { Fetched, Query } from '../model/query.ts';
import type { Readable } from '../model/store.ts';

/** The value, and a new rendering at each change of it. */
export function useStore<Value>(store: Readable<Value>): Value {
  return useSyncExternalStore(store.subscribe, () => store.value);
}

/** The same for something fetched, which is fetched when it is first shown, and every `everyMs` while it is. */
export function useQuery<Value>(query: Query<Value>, everyMs?: number): Fetched<Value> {
  useEffect(() => {
    void query.load();
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (!document.hidden) void query.load();
    }, everyMs);
    return () => clearInterval(timer);
  }, [query, everyMs]);
  return useStore(query);
}
