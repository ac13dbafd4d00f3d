import { describe, expect, it } from 'vitest';
import { samplePattern } from './pattern-sample.ts';

describe('samplePattern', () => {
  it.each([
    '^a+b*c?$',
    '[a-f]{2,5}',
    '^(?:GET|POST) /\\w+$',
    '\\d{4}-\\d{2}-\\d{2}',
    '^[^a]$',
    '(?<year>\\d+)\\.',
    '^\\S+@\\S+\\.com$',
    '',
    '^$',
  ])('makes a text that matches %s', (pattern) => {
    expect(samplePattern(pattern)).toMatch(new RegExp(pattern, 'u'));
  });

  it.each(['(?=a)b', '(', '[z', '(a)\\1b(?!c)'])('gives up on %s', (pattern) => {
    expect(samplePattern(pattern)).toBeUndefined();
  });
});
