import type { ConsoleClient, LiveEventData, LiveEventName, Topic } from './contract.ts';

export type LiveHandlers = { readonly [Name in LiveEventName]?: (data: LiveEventData<Name>) => void };

/** `live` from the first event on; `lost` until the next one. */
export type LinkState = 'connecting' | 'live' | 'lost';

export interface LiveOptions {
  readonly client: ConsoleClient;
  readonly topics: readonly Topic[];
  readonly handlers: LiveHandlers;
  readonly onState: (state: LinkState) => void;
  /** Asked before the stream is opened again; rejects while the gateway cannot be reached. */
  readonly mayReopen: () => Promise<boolean>;
}

const retryDelayMs = 2_000;
/** Heartbeats that may stay out before the connection counts as dead. */
const missedHeartbeats = 3;

/**
 * Opens a stream of events, and opens it again when it breaks; while nobody sees the page it has none, since browsers allow few connections to
 * one gateway. Its silence is noticed by the pulse, which each stream therefore takes. Returns what ends it.
 */
export function openLiveEvents(options: LiveOptions): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silenceMs = 15_000;
  let isClosed = false;
  const topics: readonly Topic[] = [...new Set<Topic>([...options.topics, 'pulse'])];

  const drop = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const wait = (delayMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(lost, delayMs);
  };
  const lost = () => {
    drop();
    if (isClosed || document.hidden) return;
    options.onState('lost');
    timer = setTimeout(() => void reopen(), retryDelayMs);
  };
  // A stream that fails to open fails with nothing but an event; a call says whether the session still holds.
  const reopen = async () => {
    const mayOpen = await options.mayReopen().catch(() => undefined);
    if (isClosed || document.hidden || mayOpen === false) return;
    if (mayOpen === undefined) lost();
    else open();
  };
  const receive = (name: LiveEventName, text: string) => {
    wait(silenceMs);
    const data: unknown = JSON.parse(text);
    if (name === 'hello') {
      silenceMs = (data as LiveEventData<'hello'>).heartbeatMs * missedHeartbeats;
      options.onState('live');
    }
    // Client and server are of one version, and the name says what the data are.
    (options.handlers[name] as ((value: unknown) => void) | undefined)?.(data);
    if (name === 'bye') lost();
  };
  const open = () => {
    source = new EventSource(options.client.urlOf('streamEvents', { query: { topics: topics.join(',') } }));
    source.onerror = lost;
    for (const name of eventNames) source.addEventListener(name, ({ data }: MessageEvent<string>) => receive(name, data));
    wait(silenceMs);
  };

  const follow = () => {
    if (document.hidden) drop();
    else if (source === undefined) open();
  };

  options.onState('connecting');
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    isClosed = true;
    document.removeEventListener('visibilitychange', follow);
    drop();
  };
}

const eventNames: readonly LiveEventName[] = [
  'hello',
  'pulse',
  'workers',
  'requests',
  'uploads',
  'resources',
  'logs',
  'setup',
  'capture',
  'bye',
];
