import type { ChildProcess } from 'node:child_process';
import type { MeasuredProcess } from '../processes/cpu.ts';

/** The browser with all its processes. */
export function chromiumProcess(chromium: ChildProcess): MeasuredProcess {
  if (chromium.pid === undefined) throw new Error('Chromium did not start');
  return { role: 'chromium', pid: chromium.pid, isTree: true };
}
