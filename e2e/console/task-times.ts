import type { Browser } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds by the clock. */
  readonly dur?: number;
  /** Microseconds of the processor: what a task takes itself, whatever else runs on the machine. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface TaskTimes {
  /** Tasks of the pages' main threads. */
  readonly count: number;
  /** Milliseconds of the processor that the longest took. */
  readonly longestMs: number;
  /** The same by the clock. */
  readonly longestWallMs: number;
}

/** Measures every task on the main threads of pages while `work` runs. */
export async function measureTasks(browser: Browser, work: () => Promise<void>): Promise<TaskTimes> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => {
    const kept = ['ThreadControllerImpl::RunTask', 'RunTask', 'thread_name'];
    events.push(...(value as unknown as TraceEvent[]).filter(({ name }) => kept.includes(name)));
  });
  await session.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel'], excludedCategories: ['*'] } });
  try {
    await work();
  } finally {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    await session.detach();
  }
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mainThreads = new Set(events.filter(({ args }) => args?.name === 'CrRendererMain').map(threadOf));
  const tasks = events.filter((event) => event.ph === 'X' && mainThreads.has(threadOf(event)));
  const longest = (times: readonly number[]) => times.reduce((most, time) => Math.max(most, time), 0) / 1_000;
  return {
    count: tasks.length,
    longestMs: longest(tasks.map(({ tdur = 0 }) => tdur)),
    longestWallMs: longest(tasks.map(({ dur = 0 }) => dur)),
  };
}
