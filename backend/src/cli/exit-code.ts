/** What a command ends with, and why: the one table, shown by the help text and in docs/operations.md. */
export const exitCodeTable = {
  ok: { code: 0, meaning: 'done; of `serve`: stopped in good order' },
  failure: { code: 1, meaning: 'something failed; of `serve`: it could not start, or a second signal stopped it at once' },
  badConfiguration: {
    code: 2,
    meaning: 'the command line or the configuration is wrong: trying again without a change is of no use',
  },
  unreachable: { code: 3, meaning: 'no gateway answers' },
  refused: { code: 4, meaning: 'the gateway refused the command, or does not know what it names' },
  unhealthy: { code: 5, meaning: '`doctor` found a problem' },
  interrupted: { code: 130, meaning: 'the user ended `demo` while it was busy' },
} as const;

export type ExitName = keyof typeof exitCodeTable;
export type ExitCode = (typeof exitCodeTable)[ExitName]['code'];

export const exitCodes: { readonly [Name in ExitName]: (typeof exitCodeTable)[Name]['code'] } = {
  ok: exitCodeTable.ok.code,
  failure: exitCodeTable.failure.code,
  badConfiguration: exitCodeTable.badConfiguration.code,
  unreachable: exitCodeTable.unreachable.code,
  refused: exitCodeTable.refused.code,
  unhealthy: exitCodeTable.unhealthy.code,
  interrupted: exitCodeTable.interrupted.code,
};
