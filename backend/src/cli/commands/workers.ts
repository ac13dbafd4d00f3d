import { type WorkerAction, workerActionSchema } from '../../console/contract.ts';
import { type AddCommand, lineWidth } from '../context.ts';
import { addGatewayAction } from '../gateway-command.ts';
import { workerTable } from '../output/worker-table.ts';

const descriptions: Readonly<Record<WorkerAction, string>> = {
  pause: 'Give a worker no new requests.',
  resume: 'Give a paused worker requests again.',
  drain: 'Let a worker finish what it has, then disconnect it.',
  disconnect: 'Disconnect a worker now; a page comes back only when its user connects it.',
};

/** `workers`: how they are, and what is to become of one. */
export const addWorkersCommand: AddCommand = (program, context) => {
  const workers = program.command('workers').helpCommand(false);
  workers.description('Workers: list them, pause, resume, drain or disconnect one.');

  const list = workers.command('list', { isDefault: true }).description('List the workers and how they are.');
  addGatewayAction(list, context, async ({ api }) => {
    const answer = await api.call('listWorkers', {});
    const { style, system } = context;
    return { json: answer, text: workerTable({ ...answer, nowMs: system.now(), style, columns: lineWidth(context) }) };
  });
  for (const action of workerActionSchema.options) {
    const command = workers.command(action).argument('<id>', 'Of the list.').description(descriptions[action]);
    addGatewayAction(command, context, async ({ api }) => {
      const worker = await api.call('actOnWorker', { params: { id: command.args[0] ?? '', action } });
      return { json: worker, text: `Worker ${worker.id} is now ${worker.isPaused ? 'paused' : worker.state}.\n` };
    });
  }
};
