import { useSyncExternalStore } from 'react';
import { parseRoute, type Route } from '../model/route.ts';

/** Where the address says that the user is. */
export function useRoute(): Route | undefined {
  const fragment = useSyncExternalStore(subscribe, () => location.hash);
  return parseRoute(fragment);
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
