import { BridgeWindow } from '@gemini-proxy/worker';
import { isLoopback } from './endpoint.ts';
import type { BridgeEvents, PageBridge } from './gateway-bridge.ts';
import type { KeyValueStorage } from './settings-store.ts';

/** Where the page runs. `framed` is AI Studio's preview, or something that looks like it. */
export type PagePlace = 'framed' | 'top-level' | 'deployed';

export type LoopbackPermission = 'granted' | 'prompt' | 'denied' | 'unknown';

/** What the model needs of the browser around it. Each `on…` returns the way to end it. */
export interface PageEnvironment {
  readonly place: PagePlace;
  /** What the browser tells a gateway of this page; `null` in some sandboxes. */
  readonly origin: string;
  readFragment(): string;
  replaceFragment(fragment: string): void;
  storage(): KeyValueStorage;
  /** Keeps a hidden page from being frozen until the returned function is called. */
  holdLock(): () => void;
  /** Trusted input by pointer or key. */
  onInput(listener: () => void): () => void;
  /** The network came back, or the page became visible, or came out of the browser's cache of pages. */
  onWake(listener: () => void): () => void;
  /** The page is closed, reloaded, or left. */
  onHide(listener: () => void): () => void;
  /** Whether this frame may open sockets to the user's own machine. */
  loopbackPermission(): Promise<LoopbackPermission>;
  /** Whether the pages around this frame let it ask its user for that. */
  mayAskForLoopback(): boolean;
  /** Whether anything answers there over HTTP, whatever it says. Takes a few seconds at most. */
  answersHttp(url: string): Promise<boolean>;
  /** Opens the gateway's window, within a click; `undefined` where the browser opens none, or keeps this page from talking to it. */
  openBridge(url: string, events: BridgeEvents): PageBridge | undefined;
}

/** AI Studio's own deployment puts this where the preview has its placeholder. */
const deploymentPlaceholder = 'UNUSED_PLACEHOLDER_FOR_API_KEY';

export function createBrowserEnvironment(): PageEnvironment {
  return {
    place: findPlace(),
    origin: self.origin,
    readFragment: () => location.hash,
    replaceFragment,
    storage: () => localStorage,
    holdLock,
    onInput: (listener) => {
      const onTrusted = (event: Event): void => {
        if (event.isTrusted) listener();
      };
      return listen([window, 'pointerdown'], [window, 'keydown'])(onTrusted);
    },
    onWake: (listener) =>
      listen(
        [window, 'online'],
        [window, 'pageshow'],
        [document, 'visibilitychange'],
      )(() => {
        if (document.visibilityState === 'visible') listener();
      }),
    onHide: (listener) => listen([window, 'pagehide'])(listener),
    loopbackPermission,
    mayAskForLoopback,
    answersHttp,
    openBridge,
  };
}

function findPlace(): PagePlace {
  const keys = [readGlobal('API_KEY'), readGlobal('GEMINI_API_KEY')];
  if (keys.includes(deploymentPlaceholder)) return 'deployed';
  return window.self === window.top ? 'top-level' : 'framed';
}

function readGlobal(name: string): unknown {
  return Reflect.get(globalThis, name);
}

function replaceFragment(fragment: string): void {
  try {
    history.replaceState(history.state, '', `${location.pathname}${location.search}${fragment}`);
  } catch {
    // A document of a blob: or srcdoc address may not change it; nobody sees that address either.
  }
}

function holdLock(): () => void {
  const release = new AbortController();
  const released = new Promise<void>((resolve) => {
    release.signal.addEventListener('abort', () => resolve());
  });
  // Each page holds a name of its own, so that several pages of one origin do not wait for each other.
  const name = `gemini-proxy-worker-${Math.random().toString(36).slice(2)}`;
  // Locks are missing outside secure contexts and refused in frames of an opaque origin: the page works without.
  navigator.locks?.request(name, { signal: release.signal }, () => released).catch(() => undefined);
  return () => release.abort();
}

/** Newer name first; each is also that of a feature which the pages around a frame pass on. */
const loopbackPermissionNames = ['loopback-network', 'local-network-access'] as const;

async function loopbackPermission(): Promise<LoopbackPermission> {
  // A page of this machine needs no permission, whatever the query says.
  if (isLoopback(location.origin)) return 'granted';
  for (const name of loopbackPermissionNames) {
    try {
      // Newer than the list of names that TypeScript knows.
      const status = await navigator.permissions.query({ name: name as PermissionName });
      return status.state;
    } catch {
      // This browser does not know the name.
    }
  }
  return 'unknown';
}

/** Part of Chromium's browsers only, where the question matters. */
interface FeaturePolicy {
  allowsFeature(name: string): boolean;
  features(): readonly string[];
}

function mayAskForLoopback(): boolean {
  const policy: FeaturePolicy | undefined = Reflect.get(document, 'featurePolicy');
  const known = policy?.features() ?? [];
  const name = loopbackPermissionNames.find((candidate) => known.includes(candidate));
  return name === undefined || policy?.allowsFeature(name) === true;
}

/** Longest wait for an answer: the hook may hold calls back for ever, and the browser while it asks its user. */
const answerTimeoutMs = 3_000;

async function answersHttp(url: string): Promise<boolean> {
  const deadline = AbortSignal.timeout(answerTimeoutMs);
  // The hook may ignore a signal.
  const expired = new Promise<boolean>((resolve) => {
    deadline.addEventListener('abort', () => resolve(false));
  });
  const answered = window
    .fetch(url, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal: deadline })
    .then(() => true)
    .catch(() => false);
  return Promise.race([answered, expired]);
}

function openBridge(url: string, events: BridgeEvents): PageBridge | undefined {
  return BridgeWindow.open({
    url,
    ...events,
    page: {
      origin: self.origin,
      crypto,
      MessageChannel,
      open: (address, name, features) => window.open(address, name, features),
      listen: (listener) => {
        window.addEventListener('message', listener);
        return () => window.removeEventListener('message', listener);
      },
      setInterval: (callback, intervalMs) => window.setInterval(callback, intervalMs),
      clearInterval: (timer) => window.clearInterval(timer),
    },
  });
}

type Target = readonly [target: EventTarget, type: string];

function listen(...targets: readonly Target[]): (listener: (event: Event) => void) => () => void {
  return (listener) => {
    const ending = new AbortController();
    for (const [target, type] of targets)
      target.addEventListener(type, listener, { capture: true, passive: true, signal: ending.signal });
    return () => ending.abort();
  };
}
