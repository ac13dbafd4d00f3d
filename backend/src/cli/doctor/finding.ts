/** One thing that the doctor looked at. */
export interface Finding {
  /** Stable name of the check, for programs. */
  readonly check: CheckName;
  /** `note`: not as it could be, yet nothing that breaks. */
  readonly severity: 'ok' | 'note' | 'problem';
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export type CheckName =
  | 'node'
  | 'configuration'
  | 'data-folder'
  | 'secrets'
  | 'store'
  | 'disk'
  | 'address'
  | 'tls'
  | 'name-resolution'
  | 'proxy'
  | 'tools'
  | 'clock'
  | 'gateway'
  | 'workers'
  | 'call'
  | 'worker-page';

export function ok(check: CheckName, text: string): Finding {
  return { check, severity: 'ok', text };
}

export function note(check: CheckName, text: string, remedy?: string): Finding {
  return { check, severity: 'note', text, ...(remedy === undefined ? {} : { remedy }) };
}

export function problem(check: CheckName, text: string, remedy: string): Finding {
  return { check, severity: 'problem', text, remedy };
}
