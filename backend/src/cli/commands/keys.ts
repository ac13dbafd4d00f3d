import type { Key } from '../../console/contract.ts';
import { type AddCommand, type Context, lineWidth } from '../context.ts';
import { addGatewayAction } from '../gateway-command.ts';
import { formatDuration } from '../output/format.ts';
import { formatTable } from '../output/table.ts';

/** `keys create|list|revoke`: client keys of the running gateway. */
export const addKeysCommand: AddCommand = (program, context) => {
  const keys = program.command('keys').helpCommand(false);
  keys.description('Client keys: list them, make one, revoke one.');

  addGatewayAction(
    keys.command('list', { isDefault: true }).description('List the keys, without their values.'),
    context,
    async ({ api }) => {
      const { keys: list } = await api.call('listKeys', {});
      return { json: { keys: list }, text: keyTable(list, context) };
    },
  );
  const create = keys
    .command('create')
    .argument('<name>', 'What the key is for.')
    .description('Make a key, and show it this once.');
  addGatewayAction(create, context, async ({ api }) => {
    const created = await api.call('createKey', { body: { name: create.args[0] ?? '' } });
    return { json: created, text: `${created.value}\n` };
  });
  const revoke = keys
    .command('revoke')
    .argument('<id>', 'Of the list.')
    .description('Revoke a key: programs that use it are refused from then on.');
  addGatewayAction(revoke, context, async ({ api }) => {
    const id = revoke.args[0] ?? '';
    await api.call('revokeKey', { params: { id } });
    return { json: { revoked: id }, text: `The key ${id} is revoked.\n` };
  });
};

function keyTable(keys: readonly Key[], context: Context): string {
  const ago = (timeMs: number | null) =>
    timeMs === null ? '–' : `${formatDuration(Math.max(0, context.system.now() - timeMs))} ago`;
  const rows = keys.map(({ id, start, createdAtMs, lastUsedAtMs, name }) => [
    id,
    `${start}…`,
    ago(createdAtMs),
    ago(lastUsedAtMs),
    name,
  ]);
  return formatTable(['ID', 'KEY', 'MADE', 'LAST USED', 'NAME'], rows, lineWidth(context));
}
