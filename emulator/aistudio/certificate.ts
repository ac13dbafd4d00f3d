import { generate } from 'selfsigned';

/** A certificate and its private key, PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Makes a self-signed certificate for these names and for 127.0.0.1. */
export async function createCertificate(names: readonly string[]): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: '127.0.0.1' }],
      },
    ],
  });
  return { cert, key };
}
