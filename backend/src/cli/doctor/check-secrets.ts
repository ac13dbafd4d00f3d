import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { System } from '../system.ts';
import { codeOf } from './check-data-folder.ts';
import { type Finding, ok, problem } from './finding.ts';

const secretFiles = [
  { name: 'client-key', title: 'client key', prefix: 'gp-client-' },
  { name: 'worker-token', title: 'worker token', prefix: 'gp-worker-' },
  { name: 'admin-token', title: 'admin token', prefix: 'gp-admin-' },
] as const;

/** Whether the secrets that are there can be used, and by their owner only. Changes nothing. */
export async function checkSecrets(dataFolder: string, { platform }: Pick<System, 'platform'>): Promise<readonly Finding[]> {
  const findings = await Promise.all(secretFiles.map((file) => checkSecret(join(dataFolder, file.name), file, platform)));
  const faults = findings.filter((finding) => finding !== undefined);
  return faults.length > 0 ? faults : [ok('secrets', 'Keys and tokens are in order.')];
}

async function checkSecret(
  path: string,
  { title, prefix }: (typeof secretFiles)[number],
  platform: NodeJS.Platform,
): Promise<Finding | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => ({ code: codeOf(error) }));
  if (typeof text !== 'string') {
    // The next start makes it.
    if (text.code === 'ENOENT' || text.code === 'ENOTDIR') return undefined;
    return problem(
      'secrets',
      `The ${title} ${path} cannot be read (${text.code}).`,
      `Give the file to the user who runs the gateway: chown, chmod 600.`,
    );
  }
  const value = text.trim();
  if (!value.startsWith(prefix) || !/^[\w-]{43}$/.test(value.slice(prefix.length))) {
    return problem(
      'secrets',
      `${path} does not hold a ${title}.`,
      `Delete the file; the next start makes a new ${title}, which programs or pages then need.`,
    );
  }
  const { mode } = await stat(path);
  if (platform === 'win32' || (mode & 0o077) === 0) return undefined;
  return problem(
    'secrets',
    `Other users can read the ${title} ${path}.`,
    `Run: chmod 600 '${path}'. If someone else may have read it, delete it instead, and start again.`,
  );
}
