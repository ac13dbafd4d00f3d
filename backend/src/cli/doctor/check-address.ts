import type { System } from '../system.ts';
import { type Finding, note, ok, problem } from './finding.ts';

export interface AddressFacts {
  readonly host: string;
  readonly port: number;
  readonly callName: string;
  readonly system: System;
}

/** Whether a gateway could listen, where none does. */
export async function checkAddress({ host, port, callName, system }: AddressFacts): Promise<Finding> {
  const outcome = await system.tryListen(host, port);
  if (outcome === 'free') return ok('address', `Port ${port} of ${host} is free.`);
  const [what, remedy] = explain(outcome.code, host, port, callName);
  return problem('address', what, remedy);
}

function explain(code: string, host: string, port: number, callName: string): readonly [what: string, remedy: string] {
  switch (code) {
    case 'EADDRINUSE':
      return [
        `Port ${port} of ${host} is in use by another program.`,
        `End that program, or choose another port: ${callName} serve --port ${port < 65_535 ? port + 1 : port - 1}`,
      ];
    case 'EACCES':
      return [`Port ${port} needs special rights.`, 'Choose one above 1023 with --port.'];
    case 'EADDRNOTAVAIL':
      return [`${host} is not an address of this machine.`, 'Choose another with --host; 127.0.0.1 is always there.'];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [`The host name ${host} cannot be resolved.`, 'Choose another with --host; 127.0.0.1 is always there.'];
    default:
      return [`Port ${port} of ${host} cannot be listened on (${code}).`, 'Choose another with --port or --host.'];
  }
}

/** Anything but loopback is open to other machines. */
export function checkExposure({
  host,
  isLoopback,
  hasTls,
}: {
  host: string;
  isLoopback: boolean;
  hasTls: boolean;
}): Finding | undefined {
  if (isLoopback || hasTls) return undefined;
  return note(
    'address',
    `On ${host} other machines can reach the gateway, and what they send is not encrypted.`,
    'Use --host 127.0.0.1, set --tls-cert and --tls-key, or put a proxy with TLS before it: docs/operations.md.',
  );
}
