import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../errors.ts';
import { TryLimit } from './try-limit.ts';

export interface DoorOptions {
  /** What the command line presents as Bearer. */
  readonly adminToken: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Who calls the console's API. */
export interface Caller {
  readonly by: 'cookie' | 'token';
  /** Milliseconds since 1970; `null`: never. */
  readonly expiresAtMs: number | null;
}

/** A code for one sign-in. */
export interface OneTimeCode {
  readonly code: string;
  readonly expiresAtMs: number;
}

/** Milliseconds that a one-time link can be used. */
export const codeAgeMs = 15 * 60_000;
/** Milliseconds that a browser stays signed in. */
export const sessionAgeMs = 7 * 24 * 60 * 60_000;
/** One-time links at once; the oldest gives way. */
const maxCodes = 16;
/** Sessions that were signed out of before they expired, and are remembered for that; the oldest is forgotten. */
const maxRevoked = 1_000;

/**
 * Who may use the console's API: a browser that came by a one-time link and has a cookie since, or the command line with the admin
 * token. A session is a signed date, so that it outlives the process; another admin token ends all of them.
 */
export class Door {
  readonly #now: () => number;
  readonly #adminToken: Buffer;
  readonly #secret: Buffer;
  /** SHA-256 of the code → when it expires. */
  readonly #codes = new Map<string, number>();
  readonly #revoked = new Set<string>();
  readonly #tries: TryLimit;

  constructor({ adminToken, now }: DoorOptions) {
    this.#now = now;
    this.#adminToken = Buffer.from(adminToken);
    this.#secret = createHmac('sha256', adminToken).update('console-session').digest();
    this.#tries = new TryLimit(now);
  }

  createCode(): OneTimeCode {
    const code = randomBytes(24).toString('base64url');
    const expiresAtMs = this.#now() + codeAgeMs;
    this.#codes.set(hashOf(code), expiresAtMs);
    const [oldest] = this.#codes.keys();
    if (this.#codes.size > maxCodes && oldest !== undefined) this.#codes.delete(oldest);
    return { code, expiresAtMs };
  }

  /** Takes a code for a session; throws `GatewayError` for a wrong or used one. */
  signIn(code: string): { readonly session: string; readonly expiresAtMs: number } {
    const hash = hashOf(code);
    const codeExpiresAtMs = this.#codes.get(hash);
    this.#codes.delete(hash);
    if (codeExpiresAtMs === undefined || codeExpiresAtMs <= this.#now()) {
      this.#tries.count();
      const remedy = 'Get a new one with `gemini-proxy open`.';
      throw new GatewayError('CODE_INVALID', `This link was used before, has expired, or is of an earlier start. ${remedy}`);
    }
    const expiresAtMs = this.#now() + sessionAgeMs;
    const claims = `${expiresAtMs}.${randomBytes(12).toString('base64url')}`;
    return { session: `${claims}.${this.#sign(claims)}`, expiresAtMs };
  }

  signOut(request: IncomingMessage): void {
    const session = cookieOf(request);
    if (session === undefined || this.#expiryOf(session) === undefined) return;
    this.#revoked.add(session);
    const [oldest] = this.#revoked;
    if (this.#revoked.size > maxRevoked && oldest !== undefined) this.#revoked.delete(oldest);
  }

  /** Who calls; `undefined`: a stranger. Throws where too many strangers tried. */
  whoIs(request: IncomingMessage): Caller | undefined {
    const presented = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (presented !== undefined) {
      if (isEqual(Buffer.from(presented), this.#adminToken)) return { by: 'token', expiresAtMs: null };
      this.#tries.count();
      return undefined;
    }
    const session = cookieOf(request);
    const expiresAtMs = session === undefined ? undefined : this.#expiryOf(session);
    return expiresAtMs === undefined ? undefined : { by: 'cookie', expiresAtMs };
  }

  /** When a valid session expires; `undefined` for all others. */
  #expiryOf(session: string): number | undefined {
    const [, claims = '', expiry, signature = ''] = /^((\d{1,15})\.[\w-]{16})\.([\w-]{43})$/.exec(session) ?? [];
    if (!isEqual(Buffer.from(signature), Buffer.from(this.#sign(claims)))) return undefined;
    const expiresAtMs = Number(expiry);
    return expiresAtMs > this.#now() && !this.#revoked.has(session) ? expiresAtMs : undefined;
  }

  #sign(claims: string): string {
    return createHmac('sha256', this.#secret).update(claims).digest('base64url');
  }
}

/** The `set-cookie` of a session; an empty one ends it. */
export function sessionCookie(request: IncomingMessage, session: string, maxAgeMs: number): string {
  const secure = isEncrypted(request) ? '; Secure' : '';
  const maxAgeSeconds = Math.floor(maxAgeMs / 1000);
  return `${cookieName(request)}=${session}; Path=/console; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}

/** Whether the browser came over TLS, to this process or to a proxy before it. */
export function isEncrypted({ headers, socket }: IncomingMessage): boolean {
  return 'encrypted' in socket || headers['x-forwarded-proto'] === 'https';
}

/** A browser sends the cookies of a host to all its ports, so each gateway has a name of its own. */
function cookieName({ socket }: IncomingMessage): string {
  return `gemini-proxy-console-${socket.localPort ?? 0}`;
}

function cookieOf(request: IncomingMessage): string | undefined {
  const name = `${cookieName(request)}=`;
  const pair = request.headers.cookie?.split(/; */).find((candidate) => candidate.startsWith(name));
  return pair?.slice(name.length);
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('base64url');
}

function isEqual(presented: Buffer, expected: Buffer): boolean {
  return presented.length === expected.length && timingSafeEqual(presented, expected);
}
