import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce } from './create-file-once.ts';

export interface Secrets {
  /** Opens the API to programs. */
  readonly clientKey: string;
  /** Lets workers connect. */
  readonly workerToken: string;
  /** Opens the console's API to the command line. Default: one that nobody learns. */
  readonly adminToken?: string;
}

export interface LoadedSecrets extends Required<Secrets> {
  /** Whether this call made at least one of them. */
  readonly created: boolean;
  /** For people: what was found too open, and what was done. */
  readonly warnings: readonly string[];
}

/** Why the secrets cannot be read or written, and what to do. */
export class SecretsError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretsError';
  }
}

export const clientKeyPrefix = 'gp-client-';
const workerTokenPrefix = 'gp-worker-';
const adminTokenPrefix = 'gp-admin-';

/** Name of the admin token's file in the data folder. */
export const adminTokenFile = 'admin-token';

/** Reads the secrets from the data folder; makes the folder and whatever is missing. Processes that start at once end up with the same ones. */
export async function loadOrCreateSecrets(dataFolder: string): Promise<LoadedSecrets> {
  const warnings = await prepareFolder(dataFolder);
  const clientKey = await loadOrCreate(join(dataFolder, 'client-key'), { prefix: clientKeyPrefix, title: 'client key' });
  const workerToken = await loadOrCreate(join(dataFolder, 'worker-token'), { prefix: workerTokenPrefix, title: 'worker token' });
  const adminToken = await loadOrCreate(join(dataFolder, adminTokenFile), { prefix: adminTokenPrefix, title: 'admin token' });
  return {
    clientKey: clientKey.value,
    workerToken: workerToken.value,
    adminToken: adminToken.value,
    created: clientKey.created || workerToken.created,
    warnings: [...warnings, ...clientKey.warnings, ...workerToken.warnings, ...adminToken.warnings],
  };
}

const folderMode = 0o700;
const fileMode = 0o600;
const secretBytes = 32;
const hasModes = process.platform !== 'win32';

async function prepareFolder(folder: string): Promise<readonly string[]> {
  await describing(`The data folder ${folder} cannot be created`, () => mkdir(folder, { recursive: true, mode: folderMode }));
  const { mode } = await describing(`The data folder ${folder} cannot be read`, () => stat(folder));
  // A folder that was there before may serve other purposes too, so its mode is its owner's to change.
  const othersMayWrite = hasModes && (mode & 0o022) !== 0;
  return othersMayWrite ? [`Other users can write to the data folder ${folder}: run chmod go-w on it.`] : [];
}

interface LoadedSecret {
  readonly value: string;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

interface SecretForm {
  readonly prefix: string;
  readonly title: string;
}

async function loadOrCreate(path: string, form: SecretForm): Promise<LoadedSecret> {
  const existing = await readSecret(path, form);
  if (existing) return existing;
  const value = `${form.prefix}${randomBytes(secretBytes).toString('base64url')}`;
  const created = await describing(`The ${form.title} cannot be written to ${path}`, () =>
    createFileOnce(path, `${value}\n`, fileMode),
  );
  if (created) return { value, created, warnings: [] };
  const fromOther = await readSecret(path, form);
  if (!fromOther) throw new SecretsError(`${path} vanished while it was read. Start again.`);
  return fromOther;
}

async function readSecret(path: string, { prefix, title }: SecretForm): Promise<LoadedSecret | undefined> {
  const text = await describing(`The ${title} cannot be read from ${path}`, () => readIfPresent(path));
  if (text === undefined) return undefined;
  const value = text.trim();
  const remedy = 'Delete the file to get a new one.';
  if (value === '') throw new SecretsError(`${path} is empty. ${remedy}`);
  const isWellFormed = value.startsWith(prefix) && /^[A-Za-z0-9_-]{43}$/.test(value.slice(prefix.length));
  if (!isWellFormed) {
    throw new SecretsError(`${path} does not hold a ${title} (${prefix} and 43 letters, digits, - or _). ${remedy}`);
  }
  return { value, created: false, warnings: await tighten(path, title) };
}

async function tighten(path: string, title: string): Promise<readonly string[]> {
  if (!hasModes || ((await stat(path)).mode & 0o077) === 0) return [];
  await describing(`${path} can be read by other users, and its mode cannot be changed`, () => chmod(path, fileMode));
  return [`Other users could read the ${title}: the mode of ${path} is now 0600. Delete the file to get a new one.`];
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function describing<Result>(what: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new SecretsError(`${what} (${codeOf(error)}). Choose another folder with --data-folder, or change its permissions.`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
