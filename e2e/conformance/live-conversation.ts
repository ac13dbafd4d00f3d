import type { RawAnswer } from './raw-request.ts';

/** What a client says in a session of the Live API, and what it then waits for. */
export interface LiveStep {
  /** Text goes as it is. */
  readonly say: unknown;
  /** Words in the last message that answers it; nothing is waited for without. */
  readonly until?: string;
  /** How many messages have them. Default 1. */
  readonly times?: number;
}

const patienceMs = 60_000;

/** Holds a session, and closes it in the end if the server has not; every message of the server and the close are the answer. */
export async function converse(url: string, steps: readonly LiveStep[]): Promise<RawAnswer> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  socket.binaryType = 'arraybuffer';
  const lines: string[] = [];
  let isOver = false;
  let onChange = () => {};
  const change = (action: () => void) => () => {
    action();
    onChange();
  };
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('error', () => opened.resolve());
  socket.addEventListener('message', ({ data }) =>
    change(() => {
      lines.push(typeof data === 'string' ? `text ${data}` : `binary ${Buffer.from(data)}`);
    })(),
  );
  socket.addEventListener('close', ({ code, reason }) =>
    change(() => {
      isOver = true;
      lines.push(`closed ${code} ${reason}`);
      closed.resolve();
    })(),
  );
  await opened.promise;
  for (const { say, until: words, times = 1 } of steps) {
    if (isOver) break;
    const start = lines.length;
    const isAnswered = () => words === undefined || lines.slice(start).filter((line) => line.includes(words)).length >= times;
    socket.send(typeof say === 'string' ? say : JSON.stringify(say));
    await until(
      () => isAnswered() || isOver,
      (listener) => {
        onChange = listener;
      },
    );
  }
  socket.close(1000, 'done');
  await closed.promise;
  return { method: 'WebSocket', status: 101, headers: [], body: Buffer.from(lines.join('\n')), isCut: false };
}

function until(isSo: () => boolean, listen: (listener: () => void) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the session is silent')), patienceMs);
  const look = () => {
    if (isSo()) resolve();
  };
  listen(look);
  look();
  return promise.finally(() => clearTimeout(timer));
}
