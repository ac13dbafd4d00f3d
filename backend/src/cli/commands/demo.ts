import { CommandError } from '../command-error.ts';
import { type AddCommand, jsonOption } from '../context.ts';
import { exitCodes } from '../exit-code.ts';

/** `demo`: everything at once without a Google account, as a program of its own. */
export const addDemoCommand: AddCommand = (program, context) => {
  const command = program.command('demo');
  command.description('Show it at work: an emulator of the Gemini API, a simulator of AI Studio, the gateway, and a worker.');
  command.option('--check', 'End after the calls: 0 when they went well, 1 when not.');
  command.addOption(jsonOption());
  command.action(async () => {
    const { check, json } = command.opts<{ check?: true; json?: true }>();
    const code = await context.runDemo([...(check ? ['--check'] : []), ...(json ? ['--json'] : [])]);
    if (code === exitCodes.interrupted) context.endWith(exitCodes.interrupted);
    else if (code !== exitCodes.ok) throw new CommandError('failure', 'The demo failed.');
  });
};
