/** What must not happen, and did. */
export interface Findings {
  add(text: string): void;
  readonly texts: readonly string[];
}

/** Repetitions of one mistake are of no use beyond this. */
const mostKept = 200;

/** Collects what went wrong, each with the time of the run, and shows it at once. */
export function createFindings(show: (text: string) => void): Findings {
  const startedAtMs = performance.now();
  const texts: string[] = [];
  return {
    texts,
    add: (text) => {
      const line = `[${((performance.now() - startedAtMs) / 1000).toFixed(1)} s] ${text}`;
      if (texts.length < mostKept) texts.push(line);
      show(line);
    },
  };
}

/** Whether a process says on standard error that something in it is wrong. */
export function isComplaint(line: string): boolean {
  if (/^\{"level":[56]0,/.test(line)) return true;
  return /MaxListenersExceeded|UnhandledPromise|PromiseRejectionHandled|^(?:Uncaught )?\w*Error\b/.test(line);
}
