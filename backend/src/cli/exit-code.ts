/** What the process ends with; documented in docs/configuration.md. */
export const exitCodes = {
  ok: 0,
  /** The gateway could not start, or failed. */
  failure: 1,
  /** The configuration is wrong: trying again without a change is of no use. */
  badConfiguration: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
