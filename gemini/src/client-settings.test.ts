import { describe, expect, it } from 'vitest';
import { CLIENT_NAMES, clientSettings } from './client-settings.ts';

const target = { baseUrl: 'http://127.0.0.1:8787', apiKey: 'gp-client-1', model: 'gemini-2.5-flash' };

describe('clientSettings', () => {
  it.each(CLIENT_NAMES)('names gateway and key for %s', (name) => {
    const { texts } = clientSettings(name, target);
    const whole = texts.map(({ text }) => text).join('');
    expect(whole).toContain(target.baseUrl);
    expect(whole).toContain(target.apiKey);
    expect(whole).not.toContain('undefined');
    for (const { text, language } of texts) {
      expect(text.endsWith('\n')).toBe(true);
      if (language === 'json') expect(() => JSON.parse(text)).not.toThrow();
    }
  });
});
