import { defaultSettings, type Settings, toConnectionCount, toExecutorName } from './settings.ts';

/** The part of `localStorage` that is used; both may throw where storage is blocked. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface StoredSettings {
  readonly settings: Settings;
  /** The user was connected when the page was last open, and has not disconnected since. */
  readonly wasConnected: boolean;
}

const key = 'gemini-proxy.worker-page';

/** Keeps settings in the browser's storage, or in memory where a sandboxed frame has none. */
export class SettingsStore {
  readonly #storage: () => KeyValueStorage;
  #memory: string | null = null;

  /** `storage` is called at each access: in a sandboxed frame already looking at `localStorage` throws. */
  constructor(storage: () => KeyValueStorage) {
    this.#storage = storage;
  }

  read(): StoredSettings {
    const stored = parseRecord(this.#readText());
    return {
      settings: {
        ...defaultSettings,
        endpoint: toText(stored.endpoint, defaultSettings.endpoint),
        token: toText(stored.token, defaultSettings.token),
        account: toText(stored.account, defaultSettings.account),
        connections: toConnectionCount(stored.connections ?? defaultSettings.connections),
        executor: toExecutorName(stored.executor),
      },
      wasConnected: stored.wasConnected === true,
    };
  }

  write({ settings, wasConnected }: StoredSettings): void {
    const { endpoint, token, account, connections, executor } = settings;
    this.#memory = JSON.stringify({ endpoint, token, account, connections, executor, wasConnected });
    try {
      this.#storage().setItem(key, this.#memory);
    } catch {
      // Storage is blocked or full: memory keeps the settings for as long as the page lives.
    }
  }

  #readText(): string | null {
    try {
      return this.#storage().getItem(key) ?? this.#memory;
    } catch {
      return this.#memory;
    }
  }
}

function parseRecord(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function toText(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
