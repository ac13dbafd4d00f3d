import type { Table } from './tables.ts';
import type { Verdict } from './verdicts.ts';

export interface Report {
  readonly date: string;
  readonly machine: readonly string[];
  readonly rounds: number;
  readonly tables: readonly Table[];
  readonly verdicts: readonly Verdict[];
}

/** docs/benchmarks.md: what was measured, how, and how far it can be trusted. */
export function formatMarkdown({ date, machine, rounds, tables, verdicts }: Report): string {
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --write`; not edited by hand.',
    '',
    '## Verdicts',
    '',
    ...verdicts.map((verdict) => `- ${verdict.isMet ? 'met' : '**missed**'}: ${verdict.text}`),
    '',
    '## Measured',
    '',
    `${date}, ${rounds} rounds. ${machine.join('; ')}.`,
    '',
    ...tables.flatMap((table) => [`### ${table.title}`, '', ...formatTable(table), '']),
    ...method,
  ].join('\n');
}

function formatTable(table: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(table.columns), line(table.columns.map((_, index) => (index === 0 ? '---' : '--:'))), ...table.rows.map(line)];
}

const method = `## What is compared

| target | the way of a request |
| --- | --- |
| direct | load generator → upstream |
| undici proxy | load generator → reverse proxy of 40 lines on \`node:http\` and undici's \`dispatch\` → upstream |
| gateway + Node worker | load generator → gateway → keyed worker in a process of its own → upstream |
| bare page | a page in Chromium → upstream over TLS and HTTP/2; the page makes the calls itself |
| minimal relay + Chromium page | load generator → HTTP server of 40 lines → one WebSocket → page of 25 lines → the same HTTP/2 upstream: the least that goes this way, without keys, deadlines, cancellation, backpressure or errors |
| gateway + Chromium page | load generator → gateway → worker page, opened by itself → the same HTTP/2 upstream |
| bare page, hooked fetch | the same bare page in the frame of the simulated AI Studio: each call goes through the hook, the host page and its server |
| minimal relay + Chromium, hooked fetch | the same relay, its page in that frame |
| gateway + Chromium, hooked fetch | load generator → gateway → worker page in that frame → hook → host page → its server → upstream |

A page is compared with the bare page in the same place (\`× page\`): the hook, the host page and the simulator's server belong to the environment, cost more
than the tunnel, and are the same for both. What the minimal relay loses against the bare page is the price of the way itself (one more HTTP exchange, a WebSocket,
a copy from process to process); what the gateway loses against the relay is its own.

## Method

- Each box is a process of its own, everything on loopback. The gateway is the real command line with its defaults (keys, limits, logging), its output read and dropped.
- Rounds are interleaved: all targets of a scenario run one after the other, each round beginning with another. A figure is the median over the rounds; a ratio is the median of
  the ratios within each round.
- Before the first round each target serves 32 requests at once for 30 s, and then each scenario in small: V8 goes on compiling for some tens of thousands of requests, and the
  gateway, with more code than the proxy of 40 lines, has more to compile. In its first seconds a request costs it about a fifth more CPU than from then on.
- The load is a closed loop: a lane starts its next request when the last one has ended, and opens no more connections than there are lanes. The bare page runs the same
  loop, compiled from the same source. Chromium has no DevTools client; the bare page asks a small HTTP server for its next plan.
- The upstream gives fixed answers (500 B up, 1,536 B down; SSE chunks of 300 B) and reads no JSON: the bundled API emulator reads and prints JSON, and would hide what is measured.
- CPU is user and system time from \`/proc/<pid>/stat\` (steps of 10 ms) between start and end of the load, divided by the requests; a stream is one request. Chromium is its whole tree of processes.
  Verification comes after the clock has stopped.
- Chunk latency is from the upstream's \`write\` to the arrival of the chunk's last byte at the load generator, on the machine's one clock; a page's offset to it is measured first.
- "Added first byte" is the median time to the first byte of the body, minus that of \`direct\`.
- Lost bytes: each stream ends with the SHA-256 of what was sent; length and hash of what came are checked for every stream, and each unary answer is compared byte by byte. "Failed" counts broken, refused and
  altered answers.

## How to compare

Use ratios within one run, and CPU microseconds per request as the primary figure: requests per second of a machine whose cores are shared by all these processes depend on all of them at once.
Run it twice before believing a difference below 15 %. \`--only unary-32,gateway-node,undici-proxy\` is a quick look at one question, \`--profile FOLDER\` writes the gateways' CPU profiles, \`--json FILE\` every sample.

## Limits

- Two cores that also run the load generator and the upstream: on a larger machine throughput grows, while CPU per request stays.
- With paced streams, requests per second say only that nothing falls behind. A worker page takes 96 requests at once: of 100 streams four wait in the gateway for a slot at any time, which shows
  in their p99 and in streams per second, and not in the latency of chunks.
- Everything shares both cores: what a page behind a gateway reaches depends on the CPU of all processes together, while the bare page has no client and no server beside it. Where the minimal relay
  misses the target too, it is the way that costs, and not what the gateway does on it.
- At one request at a time CPU per request includes what an idle process does by itself, and the 10 ms steps weigh more.
- The hook is a simulation: what the real one costs is unknown, and so is the network between AI Studio and the API.
- Figures of earlier runs on other machines are not comparable with these.
`.split('\n');
