import { useState } from 'react';
import { toError } from '../../model/query.ts';

/** Something that the user started: whether it runs, and how it failed. */
export interface Action {
  readonly isRunning: boolean;
  readonly error: Error | undefined;
  /** `true` when it went well. */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
  readonly forget: () => void;
}

export function useAction(): Action {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error>();
  return {
    isRunning,
    error,
    forget: () => setError(undefined),
    async run(work) {
      setRunning(true);
      setError(undefined);
      try {
        await work();
        return true;
      } catch (reason) {
        setError(toError(reason));
        return false;
      } finally {
        setRunning(false);
      }
    },
  };
}
