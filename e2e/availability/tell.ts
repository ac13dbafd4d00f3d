/** Shows figures of a test, whatever comes of it. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
