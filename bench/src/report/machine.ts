import { execFileSync } from 'node:child_process';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { findChromium } from '@gemini-proxy/testbed';

/** What the figures were measured on, as lines for people. */
export function describeMachine(): readonly string[] {
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${gibibytes} GiB, ${platform()} ${release()} ${arch()}`,
    `Node ${process.version}, ${chromiumVersion()}`,
    `load of the machine before the run: ${(loadavg()[0] ?? 0).toFixed(1)}`,
  ];
}

function chromiumVersion(): string {
  const path = findChromium();
  if (path === undefined) return 'no Chromium';
  return (
    execFileSync(path, ['--version', '--no-sandbox'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')
      .at(-1) ?? path
  );
}
