import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';

/** What the gateway speaks TLS with. */
export interface TlsFiles {
  /** The certificate and those above it, PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Host names of the certificate, in lower case, without wildcards. */
  readonly names: readonly string[];
}

/** Reads certificate and key; `undefined` where none are named. Throws `ConfigError` for any that cannot be used together. */
export function readTlsFiles({ tlsCert, tlsKey }: Pick<Config, 'tlsCert' | 'tlsKey'>): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsKey === undefined) throw new ConfigError(['--tls-cert is set without --tls-key']);
  if (tlsCert === undefined) throw new ConfigError(['--tls-key is set without --tls-cert']);
  const cert = read('--tls-cert', tlsCert);
  const key = read('--tls-key', tlsKey);
  const certificate = parse('--tls-cert', tlsCert, 'a PEM certificate', () => new X509Certificate(cert));
  const privateKey = parse('--tls-key', tlsKey, 'a PEM private key without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigError([`--tls-key: ${tlsKey} does not belong to the certificate ${tlsCert}`]);
  }
  return { cert, key, names: namesOf(certificate) };
}

function read(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigError([`${flag}: ${path} cannot be read (${code})`]);
  }
}

function parse<Parsed>(flag: string, path: string, expected: string, action: () => Parsed): Parsed {
  try {
    return action();
  } catch {
    throw new ConfigError([`${flag}: expected ${expected} in ${path}`]);
  }
}

function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  const names = subjectAltName.split(', ').map((entry) => /^DNS:([a-z0-9._-]+)$/i.exec(entry)?.[1]?.toLowerCase());
  return names.filter((name) => name !== undefined);
}
