import { settings } from '../../config/schema.ts';
import {
  type AddCommand,
  type Context,
  configFileOption,
  jsonOption,
  printJson,
  settingFlags,
  settingOption,
} from '../context.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { Finding } from '../doctor/finding.ts';
import { exitCodes } from '../exit-code.ts';
import { Progress } from '../output/progress.ts';

/** `doctor`: finds what is in the way, and says what to do. */
export const addDoctorCommand: AddCommand = (program, context) => {
  const command = program.command('doctor');
  command.description('Find what is in the way: machine, folder, address, clock, proxies, certificate, workers, a real call.');
  for (const setting of settings) command.addOption(settingOption(setting).hideHelp());
  command.addOption(configFileOption());
  command.addOption(jsonOption());
  command.addHelpText('after', '\nTakes the settings of serve, too, and judges the gateway that they make.\n');
  command.action(async () => {
    const findings = await look(settingFlags(command), context);
    if (command.opts<{ json?: true }>().json) printJson(context, { isHealthy: !findings.some(isProblem), findings });
    else context.writeOutput(toText(findings, context));
    if (findings.some(isProblem)) context.endWith(exitCodes.unhealthy);
  });
};

async function look(flags: Readonly<Record<string, string>>, context: Context): Promise<readonly Finding[]> {
  using progress = new Progress({ stream: context.errorFacts(), write: context.writeError });
  return await diagnose({ flags, context, onStep: (what) => progress.say(`Looking at ${what}`) });
}

function isProblem({ severity }: Finding): boolean {
  return severity === 'problem';
}

const marks = { ok: ['good', '✓'], note: ['warning', '!'], problem: ['bad', '✗'] } as const;

function toText(findings: readonly Finding[], { style }: Context): string {
  const lines = findings.map(({ severity, text, remedy }) => {
    const [tone, mark] = marks[severity];
    const advice = remedy === undefined ? '' : `  ${style('strong', '→')} ${remedy}\n`;
    return `${style(tone, mark)} ${text}\n${advice}`;
  });
  const problems = findings.filter(isProblem).length;
  const verdict =
    problems === 0
      ? style('good', 'Nothing is in the way.')
      : style('bad', problems === 1 ? 'One problem.' : `${problems} problems.`);
  return `${lines.join('')}\n${verdict}\n`;
}
