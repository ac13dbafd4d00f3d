import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Question, Reply } from '../child.ts';

const parentCheckMs = 500;

/** Options of this process, as its parent gave them. */
export function childOptions<Options>(): Options {
  return JSON.parse(process.argv.at(-1) ?? '{}') as Options;
}

/** What the parent may ask, and who answers. */
export type Answers = Readonly<Record<string, () => unknown>>;

/** Tells the parent that this process is ready, answers its questions, and ends it when the parent is gone, however that happened. */
export function announceReady(ready: unknown, answers: Answers = {}): void {
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, parentCheckMs).unref();
  process.on('message', (question: Question) => void reply(question, { memory: memoryInUse, ...answers }));
}

/** Bytes that live objects need, those outside of JavaScript's heap included; garbage is collected first where Node lets it be. */
async function memoryInUse(): Promise<number> {
  globalThis.gc?.();
  // What the first round has let go of may hold more, which the second finds.
  await nextTurn();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function reply({ id, question }: Question, answers: Answers): Promise<void> {
  process.send?.(await answerOf(id, question, answers));
}

async function answerOf(id: number, question: string, answers: Answers): Promise<Reply> {
  const find = answers[question];
  if (find === undefined) return { id, error: `Nobody answers ${question}.` };
  try {
    return { id, answer: await find() };
  } catch (error) {
    return { id, error: String(error) };
  }
}
