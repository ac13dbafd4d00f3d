import type { ExitName } from './exit-code.ts';

/** Ends a command with an exit code of its own; the message says what happened and what to do. */
export class CommandError extends Error {
  readonly exit: Exclude<ExitName, 'ok'>;

  constructor(exit: Exclude<ExitName, 'ok'>, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CommandError';
    this.exit = exit;
  }
}
