import { type ConsoleClient, createConsoleClient } from '../src/console/contract.ts';
import { adminToken } from './start-gateway.ts';

/** The command line's way in. */
export function adminClient(url: string): ConsoleClient {
  return createConsoleClient({ baseUrl: url, fetch, headers: { authorization: `Bearer ${adminToken}` } });
}

interface ReceivedEvent {
  readonly name: string;
  readonly data: unknown;
}

/** The live channel, read as it comes. */
export interface EventReader extends AsyncDisposable {
  readonly events: readonly ReceivedEvent[];
  /** Resolves with the first event that fits, past ones included. */
  find(fits: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent>;
}

const patienceMs = 20_000;

export async function readEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  if (!response.ok || response.body === null) throw new Error(`${response.status}: ${await response.text()}`);
  const events: ReceivedEvent[] = [];
  const waiting = new Set<() => void>();
  const reading = collect(response.body, (event) => {
    events.push(event);
    for (const wake of waiting) wake();
  }).catch(() => {});
  return {
    events,
    find: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const event = events.find(fits);
          if (event === undefined) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(event);
        };
        const timer = setTimeout(() => reject(new Error(`no such event among ${JSON.stringify(events)}`)), patienceMs);
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
}

async function collect(body: ReadableStream<Uint8Array>, onEvent: (event: ReceivedEvent) => void): Promise<void> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (name !== undefined && data !== undefined) onEvent({ name, data: JSON.parse(data) });
    }
  }
}
