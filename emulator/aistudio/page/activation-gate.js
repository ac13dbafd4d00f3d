/** @import { InputKind, PageSettings } from './messages.ts' */

/** Reported thresholds of the real gate; taken as approximate. */
export const requiredMouseMoves = 30;
export const requiredKeyPresses = 5;

/** Holds calls back until a user has really used the page. Pure: it is told of input, it listens to nothing. */
export class ActivationGate {
  /** @type {PageSettings['activationGate']} */
  #mode = 'strict';
  #hasBeenActive = false;
  #counts = { mousemove: 0, keydown: 0, pointerdown: 0 };
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #isMobile;

  /** @param {{ isMobile: boolean }} options */
  constructor({ isMobile }) {
    this.#isMobile = isMobile;
  }

  get isOpen() {
    if (this.#mode === 'off') return true;
    if (this.#mode === 'click') return this.#counts.pointerdown + this.#counts.keydown > 0;
    const { mousemove, keydown } = this.#counts;
    return this.#hasBeenActive && (mousemove >= requiredMouseMoves || keydown >= requiredKeyPresses || this.#isMobile);
  }

  get waitingCount() {
    return this.#waiting.size;
  }

  /** @param {PageSettings['activationGate']} mode */
  setMode(mode) {
    this.#mode = mode;
    this.#release();
  }

  /** Takes note of one trusted event. @param {InputKind} kind @param {boolean} hasBeenActive */
  note(kind, hasBeenActive) {
    this.#counts[kind] += 1;
    this.#hasBeenActive ||= hasBeenActive;
    this.#release();
  }

  /** Calls `pass` as soon as the gate is open. Returns how to leave the queue. @param {() => void} pass */
  enter(pass) {
    if (this.isOpen) {
      pass();
    } else {
      this.#waiting.add(pass);
    }
    return () => this.#waiting.delete(pass);
  }

  #release() {
    if (!this.isOpen) return;
    const passing = [...this.#waiting];
    this.#waiting.clear();
    for (const pass of passing) pass();
  }
}
