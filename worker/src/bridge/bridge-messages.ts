/** Name and version in the messages of a page and the bridge's window before they have a port. docs/protocol.md has the whole. */
export const bridgeName = 'gemini-proxy-bridge';
export const bridgeVersion = 1;

/** Why the gateway does not let a page through. */
export type BridgeRefusal = 'origin' | 'token' | 'unreachable';

/** From the window, to whoever opened it: it can be talked to. */
export interface ReadyMessage {
  readonly kind: 'ready';
  /** What the proof of the token has to be about. */
  readonly challenge: string;
}

/** Over a port, beside the protocol's own messages, which travel as bare `ArrayBuffer`s. */
export type PortMessage =
  | { readonly kind: 'open'; readonly proof: string }
  | { readonly kind: 'refused'; readonly reason: BridgeRefusal }
  /** Bytes that have left the window since its socket was opened. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

export function parseReady(data: unknown): ReadyMessage | undefined {
  const { name, version, kind, challenge } = toRecord(data);
  if (name !== bridgeName || version !== bridgeVersion || kind !== 'ready' || typeof challenge !== 'string') return undefined;
  return { kind, challenge };
}

export function parsePortMessage(data: unknown): PortMessage | undefined {
  const { kind, proof, reason, bytes, code } = toRecord(data);
  if (kind === 'open' && typeof proof === 'string') return { kind, proof };
  if (kind === 'refused' && (reason === 'origin' || reason === 'token' || reason === 'unreachable')) return { kind, reason };
  if (kind === 'taken' && typeof bytes === 'number') return { kind, bytes };
  if (kind === 'close' && typeof code === 'number' && typeof reason === 'string') return { kind, code, reason };
  return undefined;
}

function toRecord(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null ? { ...data } : {};
}
