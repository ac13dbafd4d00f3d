/** Who proves that it knows the worker token, and to what: each proof is good for one side, one challenge and one origin. */
export interface ProofSubject {
  readonly by: 'page' | 'gateway';
  readonly challenge: string;
  /** Of the page where the page proves, of the bridge where the gateway does. */
  readonly origin: string;
}

/** Proves knowledge of the token without telling it. Throws in a page that is no secure context, which has no `subtle`. */
export async function bridgeProof(subtle: SubtleCrypto, token: string, { by, challenge, origin }: ProofSubject): Promise<string> {
  const encoder = new TextEncoder();
  const key = await subtle.importKey('raw', encoder.encode(token), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const text = `gemini-proxy-bridge\n${by}\n${challenge}\n${origin}`;
  const signature = new Uint8Array(await subtle.sign('HMAC', key, encoder.encode(text)));
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
