import type { Command } from 'commander';
import { type Context, jsonOption, printJson } from './context.ts';
import { accessGateway, addAccessOptions, type GatewayAccess, toCommandError } from './gateway-access.ts';

/** What a command has to say, for programs and for people. */
export interface Outcome {
  readonly json: unknown;
  readonly text: string;
}

/** Makes a command one that asks the running gateway, and prints what it was told. */
export function addGatewayAction(command: Command, context: Context, act: (access: GatewayAccess) => Promise<Outcome>): void {
  addAccessOptions(command);
  command.addOption(jsonOption());
  command.action(async () => {
    const access = await accessGateway(command, context);
    const { json, text } = await act(access).catch((error: unknown) => {
      throw toCommandError(error, access);
    });
    if (command.opts<{ json?: true }>().json) printJson(context, json);
    else context.writeOutput(text);
  });
}
