import { randomBytes, randomInt } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A name of the kind that the service gives: small letters and digits. */
export function randomId(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** Something that nobody can guess, of letters, digits, `-` and `_`. */
export function randomToken(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length);
}
