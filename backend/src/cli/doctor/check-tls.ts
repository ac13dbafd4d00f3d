import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { codeOf } from './check-data-folder.ts';
import { type Finding, note, ok, problem } from './finding.ts';

export interface TlsFacts {
  readonly certificatePath: string | undefined;
  readonly keyPath: string | undefined;
  readonly now: number;
}

const dayMs = 24 * 60 * 60_000;
const soonMs = 14 * dayMs;

/** Whether the certificate can be used: both files there, belonging together, valid today. */
export async function checkTls({ certificatePath, keyPath, now }: TlsFacts): Promise<Finding> {
  if (certificatePath === undefined && keyPath === undefined) return ok('tls', 'No TLS; not needed on loopback.');
  if (certificatePath === undefined || keyPath === undefined) {
    const [given, missing] = keyPath === undefined ? ['--tls-cert', '--tls-key'] : ['--tls-key', '--tls-cert'];
    return problem('tls', `${given} is set without ${missing}.`, `Set ${missing}, too, or neither.`);
  }
  const certificate = await readPem(certificatePath, (text) => new X509Certificate(text));
  if (typeof certificate === 'string')
    return problem('tls', `The certificate ${certificatePath} ${certificate}.`, pemRemedy('--tls-cert', 'certificate chain'));
  const key = await readPem(keyPath, (text) => createPrivateKey(text));
  if (typeof key === 'string')
    return problem('tls', `The private key ${keyPath} ${key}.`, pemRemedy('--tls-key', 'private key without a passphrase'));
  if (!certificate.checkPrivateKey(key)) {
    return problem(
      'tls',
      `The private key ${keyPath} does not belong to the certificate ${certificatePath}.`,
      'Name the two files that were made together.',
    );
  }
  return checkDates(certificate, now);
}

function checkDates(certificate: X509Certificate, now: number): Finding {
  const [validFrom, validTo] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const names = certificate.subjectAltName ?? certificate.subject;
  if (now > validTo)
    return problem('tls', `The certificate for ${names} expired on ${dayOf(validTo)}.`, 'Renew it, and start the gateway again.');
  if (now < validFrom)
    return problem('tls', `The certificate for ${names} is not valid before ${dayOf(validFrom)}.`, 'Check the clock, or wait.');
  if (validTo - now < soonMs)
    return note('tls', `The certificate for ${names} expires on ${dayOf(validTo)}.`, 'Renew it, and start the gateway again.');
  return ok('tls', `The certificate for ${names} is valid until ${dayOf(validTo)}.`);
}

/** The parsed file, or what is wrong with it. */
async function readPem<Parsed>(path: string, parse: (text: Buffer) => Parsed): Promise<Parsed | string> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    return `cannot be read (${codeOf(error)})`;
  }
  try {
    return parse(content);
  } catch {
    return 'is not in PEM form';
  }
}

function pemRemedy(flag: string, what: string): string {
  return `Give ${flag} the path of a PEM file with the ${what}.`;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
