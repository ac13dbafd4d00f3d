import type { AddCommand } from '../context.ts';
import { addGatewayAction } from '../gateway-command.ts';

/** `open`: the way into the console, where the set-up is. */
export const addOpenCommand: AddCommand = (program, context) => {
  const command = program.command('open');
  command.description('Print a one-time link to the console, which leads through the set-up.');
  command.option('--browser', 'Open it in the browser, too.');
  addGatewayAction(command, context, async ({ api }) => {
    const { url, expiresAtMs } = await api.call('createLink', {});
    if (command.opts<{ browser?: true }>().browser) {
      await context.openInBrowser(url).catch(() => {
        context.writeError('No program was found that opens a browser: copy the link into one.\n');
      });
    }
    return { json: { url, expiresAtMs }, text: `${url}\n` };
  });
};
