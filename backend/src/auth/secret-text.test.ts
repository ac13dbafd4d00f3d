import { describe, expect, it } from 'vitest';
import { SecretText } from './secret-text.ts';

describe('SecretText', () => {
  it('equals itself alone, whatever was presented before', () => {
    const secret = new SecretText('gp-client-abc');
    expect(secret.equals('gp-client-abc')).toBe(true);
    const wideOnes = String.fromCharCode(...[...'gp-client-abc'].map((unit) => unit.charCodeAt(0) + 0x100));
    for (const wrong of ['gp-client-abd', 'gp-client-ab', 'gp-client-abcd', 'gp-client-abü', wideOnes, '']) {
      expect(secret.equals(wrong)).toBe(false);
    }
    expect(secret.equals('gp-client-abc')).toBe(true);
  });
});
