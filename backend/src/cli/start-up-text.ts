import { isLoopbackName } from '../auth/host.ts';
import type { Secrets } from '../auth/secrets.ts';
import { workerPath } from '../config/config.ts';

export interface StartUpFacts {
  /** Where the gateway can be reached from this machine. */
  readonly url: string;
  /** The one-time link into the console. */
  readonly consoleUrl: string;
  readonly host: string;
  readonly dataFolder: string;
  /** Shown when present; otherwise the text says where they are. */
  readonly secrets: Secrets | undefined;
  /** Where the keyed worker sends its calls; `undefined`: there is none. */
  readonly keyedUpstreamUrl: string | undefined;
  readonly notices: readonly string[];
  /** How the user calls this program. */
  readonly callName: string;
  /** Folder of the files for AI Studio. */
  readonly aiStudioApp: string;
}

/** The same for programs: `serve --json`. */
export function startUpFacts({ url, consoleUrl, dataFolder, secrets, keyedUpstreamUrl, notices }: StartUpFacts) {
  const { clientKey, workerToken } = secrets ?? {};
  return { url, consoleUrl, workerUrl: workerUrl(url), dataFolder, clientKey, workerToken, keyedUpstreamUrl, notices };
}

/** What to do next, for the person who started the gateway. */
export function startUpText(facts: StartUpFacts): string {
  const { url, consoleUrl, keyedUpstreamUrl, notices, host, callName } = facts;
  const lines = [`GeminiProxy is listening on ${url}`, ''];
  lines.push('Open the console; it leads through the set-up:', '', `  ${consoleUrl}`, '');
  lines.push(`The link works once; \`${callName} open\` prints another.`, '');
  if (keyedUpstreamUrl !== undefined)
    lines.push(`A keyed worker is starting: it sends calls to ${keyedUpstreamUrl} with the official key.`, '');
  lines.push(...keyLines(facts), '', ...workerLines(facts), '');
  lines.push(`Is a worker ready?  ${url}/healthz`);
  if (!isLoopbackName(host) && url.startsWith('http:'))
    lines.push('', `Note: on ${host} other machines can reach this gateway, and what they send is not encrypted.`);
  for (const notice of notices) lines.push('', `Note: ${notice}`);
  return `${lines.join('\n')}\n`;
}

/** What `--show-keys` shows. */
export function keysText(facts: Pick<StartUpFacts, 'url' | 'dataFolder'> & { readonly secrets: Secrets }): string {
  const lines = [
    ...toolLines(facts.url, facts.secrets.clientKey),
    '',
    `Worker token: ${facts.secrets.workerToken}`,
    `Stored in ${facts.dataFolder}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The address to use on this machine for a gateway that listens on all of its addresses. */
export function reachableUrl(url: string): string {
  return url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]');
}

export function workerUrl(url: string): string {
  return `${url.replace(/^http/, 'ws')}${workerPath}`;
}

function keyLines({ url, secrets, dataFolder, callName }: StartUpFacts): string[] {
  const where = `Client key and worker token are kept in ${dataFolder}`;
  return secrets
    ? [...toolLines(url, secrets.clientKey), '', `${where}; \`${callName} --show-keys\` shows them again.`]
    : [...toolLines(url, '<client key>'), '', `${where}; \`${callName} --show-keys\` shows them.`];
}

/** With `export`, since a shell keeps a bare assignment to itself. */
function toolLines(url: string, clientKey: string): string[] {
  return ['For your tools:', '', `  export GEMINI_API_KEY=${clientKey}`, `  export GOOGLE_GEMINI_BASE_URL=${url}`];
}

function workerLines({ url, secrets, keyedUpstreamUrl, aiStudioApp, callName }: StartUpFacts): string[] {
  return [
    keyedUpstreamUrl === undefined ? 'To connect AI Studio:' : 'To connect AI Studio as well:',
    '',
    `  1. Put the files of ${aiStudioApp} (${aiStudioAppHint(callName)}the README among them says how)`,
    '     into an app at https://aistudio.google.com/apps, and open its preview.',
    '  2. Enter there, and press Connect:',
    `       Address       ${workerUrl(url)}`,
    `       Worker token  ${secrets?.workerToken ?? '<worker token>'}`,
    '  3. Click into the page once if it asks for it, and keep it open.',
  ];
}

/** An installed program has the files; in a checkout they are made. */
function aiStudioAppHint(callName: string): string {
  return callName.startsWith('npm') ? '`npm run build` writes them; ' : '';
}
