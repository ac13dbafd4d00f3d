const parentCheckMs = 500;

/** Options of this process, as its parent gave them. */
export function childOptions<Options>(): Options {
  return JSON.parse(process.argv.at(-1) ?? '{}') as Options;
}

/** Tells the parent that this process is ready, and ends it when the parent is gone, however that happened. */
export function announceReady(ready: unknown): void {
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, parentCheckMs).unref();
}
