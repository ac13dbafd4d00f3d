import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitCodeTable, gatewayErrors, type Setting, settings } from '@gemini-proxy/backend';

/**
 * Writes docs/errors.md and docs/configuration.md from the tables in the code. With `--check` it writes nothing and
 * fails when one of them is stale.
 */
const pages = [
  { path: 'docs/errors.md', text: errorsPage() },
  { path: 'docs/configuration.md', text: configurationPage() },
];

const stale = pages.filter(({ path, text }) => readPage(path) !== text);
if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is stale: run npm run docs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { path, text } of stale) writeFileSync(locationOf(path), text);
  console.log(stale.length === 0 ? 'All pages are up to date.' : `Written: ${stale.map(({ path }) => path).join(', ')}`);
}

function locationOf(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function readPage(path: string): string | undefined {
  try {
    return readFileSync(locationOf(path), 'utf8');
  } catch {
    return undefined;
  }
}

function errorsPage(): string {
  const rows = Object.entries(gatewayErrors).map(([reason, { http, status, retryable, meaning }]) => [
    `\`${reason}\``,
    String(http),
    `\`${status}\``,
    retryable ? 'yes' : 'no',
    meaning,
  ]);
  return `# Errors

<!-- Generated from backend/src/errors.ts by \`npm run docs\`. -->

Errors of the Gemini API reach the client untouched. The ones below are the gateway's own. They have the same form, so that every client understands them,
and are told apart by a detail with a stable reason:

\`\`\`json
{
  "error": {
    "code": 503,
    "message": "…",
    "status": "UNAVAILABLE",
    "details": [
      {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "NO_WORKER_READY", "domain": "gemini-proxy"},
      {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "5s"}
    ]
  }
}
\`\`\`

The message says what happened and what to do. Its wording may change; the reason does not. An error that waiting can cure (HTTP 503) says in \`RetryInfo\` and
in \`Retry-After\` when to come back. A streaming call without \`alt=sse\` answers with an array, and so does its error.

Once an answer has begun its status cannot change any more. Then the same object is written into the stream as it is, without \`data:\`, and the connection is
destroyed: the form of the Gemini API's own errors in mid-stream.

## What is tried again first

Before the first byte of its answer, a request goes to another worker by itself, up to \`--max-attempts\` tries in all:

| what happened | tried again |
| --- | --- |
| the worker did not take it (no slot, or closing) | every request |
| the worker was lost, and could not say how far it had come | every request; one with a lasting effect may then have it twice |
| the worker says that its call failed (unreachable, cut off, no answer in time) | where nothing was sent: every request; else repeatable ones, if another worker is there |
| the worker needs a click, or was refused | unanswered repeatable ones, at once, if another worker is free |
| the worker has lost its connection, or its test call failed | the same, when that has not passed after \`--failover-wait\` |
| the Gemini API answered, whatever it says, 429 and 5xx included | none: the answer is the client's |

Repeatable are reads (GET, HEAD) and calls that leave nothing behind: \`generateContent\`, \`streamGenerateContent\`, \`countTokens\`, \`embedContent\`,
\`batchEmbedContents\`, \`predict\`, \`generateAnswer\`, \`corpora.query\`, and \`chat/completions\` and \`embeddings\` of the compatible part. Not repeatable is what makes or changes
files, caches, batches, tuned models, operations or interactions, and what is not known. With \`--retry-sent all\` every request is.

For that its body is kept: an eighth of \`--replay-memory\` at most in memory, the rest on the disk. A request is not tried again when \`--replay-disk\` has no room for
that, or the disk fails, which the log tells as \`body-not-kept\`.

## Reasons

${table(['reason', 'HTTP', 'status', 'retry', 'meaning'], rows)}
`;
}

function configurationPage(): string {
  return `# Configuration

<!-- Generated from backend/src/config/schema.ts by \`npm run docs\`. -->

Every setting can be given as a flag (\`npm start -- --port 9000\`), as an environment variable (\`GEMINI_PROXY_PORT=9000\`), or as a member of a JSON file
(\`{"port": 9000}\`). Flags win over variables, variables over the file, the file over the defaults. Wrong values, and flags, variables beginning with
\`GEMINI_PROXY_\` and members that nobody knows, are reported all at once, and the gateway does not start.

The file is \`config.json\` in the data folder, if it exists, or the one that \`--config\` or \`GEMINI_PROXY_CONFIG\` names. A path in it is relative to it,
and \`~/\` begins a path in the home folder everywhere.

- **Sizes**: \`100MiB\`, \`64KiB\`, \`2GB\`, or a plain number of bytes.
- **Durations**: \`90s\`, \`5m\`, \`1500ms\`, or a plain number of milliseconds.
- **Lists**: items separated by commas; in the file also an array.
- An empty variable counts as not set.

## Settings

${settings.map(settingSection).join('\n\n')}

## Folders and keys

The data folder is \`$XDG_DATA_HOME/gemini-proxy\` or \`~/.local/share/gemini-proxy\`, on macOS \`~/Library/Application Support/gemini-proxy\`, on Windows
\`%APPDATA%\\gemini-proxy\`. The first start writes secrets into it, each readable by its owner only, and shows the first two once:

| file | holds | for |
| --- | --- | --- |
| \`client-key\` | \`gp-client-…\` | programs, in the place of a Gemini API key |
| \`worker-token\` | \`gp-worker-…\` | worker pages |
| \`admin-token\` | \`gp-admin-…\` | commands such as \`status\`, which ask the running gateway |

\`npm start -- --show-keys\` shows these two again. Delete a file and start again to get a new secret.

A \`GEMINI_API_KEY\` that holds a client key of a gateway is not taken for an official key: your tools need it in that variable.

## Exit codes

${table(
  ['code', 'meaning'],
  Object.values(exitCodeTable).map(({ code, meaning }) => [String(code), meaning]),
)}
`;
}

function settingSection(setting: Setting): string {
  const alias = setting.alsoReadsVariable === undefined ? '' : `, or else \`${setting.alsoReadsVariable}\``;
  const unit = setting.unit === undefined ? '' : ` A number without a unit counts ${setting.unit}.`;
  return `### \`${setting.flag}\`

${setting.description.replaceAll('*', '\\*')}${unit}

- variable: \`${setting.variable}\`${alias}
- member of the file: \`${setting.member}\`
- default: ${defaultOf(setting)}`;
}

/** Plain values as code, one by one; a description as it is. */
function defaultOf({ defaultText }: Setting): string {
  if (defaultText.includes(' ') || defaultText === 'none') return defaultText;
  return defaultText
    .split(',')
    .map((item) => `\`${item}\``)
    .join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
