import { GatewayError } from '../errors.ts';

/** A name of a request, and the account that it belongs to. */
export interface OwnedName {
  readonly name: string;
  readonly owner: string;
}

/** Brings files to other accounts. */
export interface FileMover {
  /** Whether the bytes of a file are at hand. */
  canMove(name: string): boolean;
  /** Whether an account has a copy of the file already. */
  hasCopy(name: string, account: string): boolean;
  /** Name of the file's copy at an account, which is made where there is none; rejects with `GatewayError`. */
  copyAt(name: string, account: string): Promise<string>;
}

/** Where a request goes, and which of its files have to be brought there. */
export interface Destination {
  readonly account: string | undefined;
  readonly moves: readonly string[];
}

/** The one owner of all names, `undefined` where there are none; throws `MIXED_RESOURCE_OWNERS` where there are several. */
export function oneOwner(owned: readonly OwnedName[]): string | undefined {
  const [first] = owned;
  const other = owned.find(({ owner }) => owner !== first?.owner);
  if (first === undefined || other === undefined) return first?.owner;
  const whose = `${first.name} belongs to account ${first.owner}, ${other.name} to account ${other.owner}`;
  const remedy = 'Upload the files, or create the caches, that a request uses together with one account.';
  throw new GatewayError('MIXED_RESOURCE_OWNERS', `The request names resources of several accounts: ${whose}. ${remedy}`, {
    metadata: { [first.name]: first.owner, [other.name]: other.owner },
  });
}

/**
 * Chooses the account that all names can be brought to: that of what cannot be moved, else the ready one that has most of them, the
 * first of equals. Where they cannot be brought together, or nobody is ready, all stays as it is without a mover.
 */
export function chooseDestination(
  owned: readonly OwnedName[],
  readyAccounts: readonly string[],
  mover: Pick<FileMover, 'canMove' | 'hasCopy'>,
): Destination {
  const owners = new Set(owned.map(({ owner }) => owner));
  const [only] = owners;
  if (owners.size < 2 && (only === undefined || readyAccounts.includes(only))) return { account: only, moves: [] };
  const fixedOwners = new Set(owned.filter(({ name }) => !mover.canMove(name)).map(({ owner }) => owner));
  const candidates = fixedOwners.size === 0 ? readyAccounts : readyAccounts.filter((account) => fixedOwners.has(account));
  const presentAt = (account: string) =>
    owned.filter(({ name, owner }) => owner === account || mover.hasCopy(name, account)).length;
  const account = candidates.toSorted((one, other) => presentAt(other) - presentAt(one))[0];
  if (fixedOwners.size > 1 || account === undefined) return { account: oneOwner(owned), moves: [] };
  return { account, moves: owned.filter(({ owner }) => owner !== account).map(({ name }) => name) };
}
