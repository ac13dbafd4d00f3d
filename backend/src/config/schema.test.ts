import { describe, expect, it, test } from 'vitest';
import { configSchema, settings } from './schema.ts';

describe('settings', () => {
  it('names each setting in three ways', () => {
    expect(settings.find(({ key }) => key === 'firstByteTimeoutMs')).toMatchObject({
      flag: '--first-byte-timeout',
      variable: 'GEMINI_PROXY_FIRST_BYTE_TIMEOUT',
      member: 'firstByteTimeout',
      defaultText: '10m',
      unit: 'milliseconds',
    });
  });

  it('gives each setting a name of its own and a description that is a sentence', () => {
    expect(new Set(settings.map(({ name }) => name)).size).toBe(settings.length);
    for (const { description } of settings) expect(description).toMatch(/^[A-Z*].*\.$/);
  });

  it('states a default for each setting', () => {
    for (const { defaultText } of settings) expect(defaultText).not.toBe('');
  });
});

const accepted: readonly { key: keyof typeof configSchema.shape; written: unknown; value: unknown }[] = [
  { key: 'port', written: '0', value: 0 },
  { key: 'port', written: 65535, value: 65535 },
  { key: 'maxBodyBytes', written: '100MiB', value: 104_857_600 },
  { key: 'maxBodyBytes', written: '64 kib', value: 65_536 },
  { key: 'maxBodyBytes', written: '1.5GiB', value: 1_610_612_736 },
  { key: 'maxBodyBytes', written: '2MB', value: 2_000_000 },
  { key: 'maxBodyBytes', written: '4096', value: 4096 },
  { key: 'maxBodyBytes', written: 4096, value: 4096 },
  { key: 'idleTimeoutMs', written: '90s', value: 90_000 },
  { key: 'idleTimeoutMs', written: '5m', value: 300_000 },
  { key: 'idleTimeoutMs', written: '1500ms', value: 1500 },
  { key: 'idleTimeoutMs', written: '0.5h', value: 1_800_000 },
  { key: 'shutdownTimeoutMs', written: 0, value: 0 },
  { key: 'allowedHosts', written: 'Gateway.Example , box', value: ['gateway.example', 'box'] },
  { key: 'allowedHosts', written: ['box'], value: ['box'] },
  {
    key: 'workerOrigins',
    written: 'https://*.example.com,http://box:3000,null',
    value: ['https://*.example.com', 'http://box:3000', 'null'],
  },
  { key: 'workerOrigins', written: '', value: [] },
  { key: 'reuploadOfflineFiles', written: 'on', value: true },
  { key: 'reuploadOfflineFiles', written: false, value: false },
  { key: 'apiKey', written: null, value: undefined },
  { key: 'upstreamUrl', written: 'http://127.0.0.1:9/base/', value: 'http://127.0.0.1:9/base' },
  { key: 'host', written: '::1', value: '::1' },
];

test.each(accepted)('$key takes $written (case %#)', ({ key, written, value }) => {
  expect(configSchema.shape[key].parse(written)).toEqual(value);
});

const refused: readonly { key: keyof typeof configSchema.shape; written: unknown }[] = [
  { key: 'port', written: '65536' },
  { key: 'port', written: '-1' },
  { key: 'port', written: '1e3' },
  { key: 'port', written: '' },
  { key: 'port', written: 80.5 },
  { key: 'port', written: true },
  { key: 'maxBodyBytes', written: '10 parsecs' },
  { key: 'maxBodyBytes', written: '1023' },
  { key: 'maxBodyBytes', written: '2TiB' },
  { key: 'maxBodyBytes', written: `1${'0'.repeat(400)}` },
  { key: 'idleTimeoutMs', written: '0' },
  { key: 'idleTimeoutMs', written: '25h' },
  { key: 'idleTimeoutMs', written: 'Infinity' },
  { key: 'allowedHosts', written: 'box:80' },
  { key: 'allowedHosts', written: [1] },
  { key: 'workerOrigins', written: 'https://example.com/path' },
  { key: 'workerOrigins', written: 'https://user@example.com' },
  { key: 'workerOrigins', written: '*' },
  { key: 'upstreamUrl', written: 'ftp://example.com' },
  { key: 'upstreamUrl', written: 'https://user:password@example.com' },
  { key: 'upstreamUrl', written: 'https://example.com/?key=x' },
  { key: 'logLevel', written: 'loud' },
  { key: 'host', written: 'a b' },
  { key: 'dataFolder', written: '' },
];

test.each(refused)('$key refuses $written', ({ key, written }) => {
  expect(configSchema.shape[key].safeParse(written).success).toBe(false);
});
