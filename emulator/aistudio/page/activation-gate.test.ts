import { describe, expect, it } from 'vitest';
import { ActivationGate, requiredKeyPresses, requiredMouseMoves } from './activation-gate.js';

function createGate(mode: 'strict' | 'click' | 'off', { isMobile = false } = {}) {
  const gate = new ActivationGate({ isMobile });
  gate.setMode(mode);
  const passed: string[] = [];
  return { gate, passed, enter: (name: string) => gate.enter(() => passed.push(name)) };
}

describe('ActivationGate', () => {
  it('lets calls through at once when it is off', () => {
    const { passed, enter } = createGate('off');
    enter('a');
    expect(passed).toEqual(['a']);
  });

  it('is closed before anything is known', () => {
    expect(new ActivationGate({ isMobile: true }).isOpen).toBe(false);
  });

  it.each(['pointerdown', 'keydown'] as const)('opens on one %s in click mode, in the order of the calls', (kind) => {
    const { gate, passed, enter } = createGate('click');
    enter('a');
    enter('b');
    gate.note('mousemove', true);
    expect(passed).toEqual([]);
    gate.note(kind, true);
    expect(passed).toEqual(['a', 'b']);
    enter('c');
    expect(passed).toEqual(['a', 'b', 'c']);
  });

  it.each([
    { kind: 'mousemove', count: requiredMouseMoves },
    { kind: 'keydown', count: requiredKeyPresses },
  ] as const)('wants $count × $kind in strict mode', ({ kind, count }) => {
    const { gate } = createGate('strict');
    for (let index = 1; index < count; index += 1) gate.note(kind, true);
    expect(gate.isOpen).toBe(false);
    gate.note(kind, true);
    expect(gate.isOpen).toBe(true);
  });

  it('stays closed in strict mode while the page has never been active', () => {
    const { gate } = createGate('strict');
    for (let index = 0; index < 2 * requiredMouseMoves; index += 1) gate.note('mousemove', false);
    expect(gate.isOpen).toBe(false);
    gate.note('pointerdown', true);
    expect(gate.isOpen).toBe(true);
  });

  it('wants only activity of a mobile device', () => {
    const { gate } = createGate('strict', { isMobile: true });
    gate.note('pointerdown', true);
    expect(gate.isOpen).toBe(true);
  });

  it('forgets a call that left, and releases the others when its mode changes', () => {
    const { gate, passed, enter } = createGate('strict');
    const leave = enter('a');
    enter('b');
    leave();
    expect(gate.waitingCount).toBe(1);
    gate.setMode('off');
    expect(passed).toEqual(['b']);
    expect(gate.waitingCount).toBe(0);
  });
});
