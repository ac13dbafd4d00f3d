import { describe, expect, it } from 'vitest';
import { createFindings, isComplaint } from './findings.ts';

describe('isComplaint', () => {
  it.each([
    ['{"level":50,"time":1,"msg":"unexpected-error"}', true],
    ['{"level":60,"time":1}', true],
    ['{"level":40,"time":1,"msg":"request-failed"}', false],
    ['(node:1) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.', true],
    ['TypeError: Cannot read properties of undefined', true],
    ['(node:1) ExperimentalWarning: SQLite is an experimental feature', false],
  ])('of %s says %s', (line, expected) => {
    expect(isComplaint(line)).toBe(expected);
  });
});

describe('createFindings', () => {
  it('shows all, keeps the first ones, each with its time', () => {
    const shown: string[] = [];
    const findings = createFindings((text) => shown.push(text));
    for (let count = 0; count < 300; count += 1) findings.add(`finding ${count}`);
    expect(shown).toHaveLength(300);
    expect(findings.texts).toHaveLength(200);
    expect(findings.texts[1]).toMatch(/^\[\d+\.\d s\] finding 1$/);
  });
});
