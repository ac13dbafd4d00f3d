import { describe, expect, it } from 'vitest';
import { FakeStorage } from '../../../testing/fakes.ts';
import { defaultSettings } from './settings.ts';
import { SettingsStore } from './settings-store.ts';

const settings = {
  ...defaultSettings,
  endpoint: 'wss://gateway.example/worker',
  token: 'token',
  connections: 3,
  executor: 'sdk',
} as const;

describe('SettingsStore', () => {
  it('gives defaults before anything was kept', () => {
    expect(new SettingsStore(() => new FakeStorage()).read()).toEqual({ settings: defaultSettings, wasConnected: false });
  });

  it('keeps settings for the next page', () => {
    const storage = new FakeStorage();
    new SettingsStore(() => storage).write({ settings, wasConnected: true });
    expect(new SettingsStore(() => storage).read()).toEqual({ settings, wasConnected: true });
  });

  it('never keeps the kind', () => {
    const storage = new FakeStorage();
    const store = new SettingsStore(() => storage);
    store.write({ settings: { ...settings, kind: 'emulator' }, wasConnected: false });
    expect(store.read().settings.kind).toBe('aistudio');
  });

  it('keeps settings in memory where storage is blocked', () => {
    const store = new SettingsStore(() => {
      throw new Error('SecurityError');
    });
    store.write({ settings, wasConnected: true });
    expect(store.read()).toEqual({ settings, wasConnected: true });
  });

  it.each(['not JSON', '[]', 'null', '{"connections":99,"endpoint":7}'])('survives strange content: %s', (content) => {
    const storage = new FakeStorage();
    const store = new SettingsStore(() => storage);
    store.write({ settings: defaultSettings, wasConnected: false });
    for (const key of storage.values.keys()) storage.values.set(key, content);
    const { endpoint, connections } = store.read().settings;
    expect(endpoint).toBe(defaultSettings.endpoint);
    expect(connections).toBeLessThanOrEqual(16);
  });
});
