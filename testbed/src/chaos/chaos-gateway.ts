import { setTimeout as delay } from 'node:timers/promises';
import type { Config, GatewayDebugState, WorkerView } from '@gemini-proxy/backend';
import { type Child, residentBytes } from '../child.ts';
import { startGatewayProcess } from '../process-stack.ts';
import type { GatewayReady } from '../processes/gateway.ts';
import { type Findings, isComplaint } from './findings.ts';

/** Waits are short, so that what goes wrong is over within a run, and long enough for a busy machine. */
const quickDeadlines: Partial<Config> = {
  firstByteTimeoutMs: 6_000,
  idleTimeoutMs: 6_000,
  requestTimeoutMs: 6_000,
  liveIdleTimeoutMs: 10_000,
  queueTimeoutMs: 4_000,
  pingIntervalMs: 1_000,
  shutdownTimeoutMs: 4_000,
  // A client whose gateway was killed before it told the address of an upload never comes back to it.
  uploadAgeMs: 20_000,
  logLevel: 'error',
};

/** The gateway's process, and those that come after it on the same port and with the same folder. */
export class ChaosGateway implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly #dataFolder: string;
  readonly #findings: Findings;
  #child: Child<GatewayReady> | undefined;
  /** From when to when no process listened; times of `performance.now()`. */
  readonly #absences: { readonly fromMs: number; toMs: number }[] = [];

  private constructor(child: Child<GatewayReady>, dataFolder: string, findings: Findings) {
    this.url = child.ready.url;
    this.port = Number(new URL(this.url).port);
    this.#dataFolder = dataFolder;
    this.#findings = findings;
    this.#watch(child);
  }

  static async start(dataFolder: string, findings: Findings): Promise<ChaosGateway> {
    return new ChaosGateway(await startProcess({ dataFolder, port: 0 }, findings), dataFolder, findings);
  }

  /** Ends the process, asking it first to finish what runs or not at all, and starts another. */
  async replace(how: 'drained' | 'killed', afterMs: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const absence = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    this.#absences.push(absence);
    if (how === 'drained') await child.ask('close');
    child.process.kill('SIGKILL');
    await child.exited;
    await delay(afterMs);
    this.#watch(await startProcess({ dataFolder: this.#dataFolder, port: this.port }, this.#findings));
    absence.toMs = performance.now();
  }

  /** Whether clients may have lost connections within that time. */
  wasLostBetween(fromMs: number, toMs: number): boolean {
    return this.#absences.some((absence) => absence.fromMs <= toMs && absence.toMs >= fromMs);
  }

  get pid(): number {
    return this.#running.pid;
  }

  state(): Promise<GatewayDebugState> {
    return this.#running.ask('state');
  }

  workers(): Promise<readonly WorkerView[]> {
    return this.#running.ask('workers');
  }

  liveBytes(): Promise<number> {
    return this.#running.ask('memory');
  }

  residentBytes(): number {
    return residentBytes(this.#running.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.[Symbol.asyncDispose]();
  }

  get #running(): Child<GatewayReady> {
    if (this.#child === undefined) throw new Error('The gateway does not run.');
    return this.#child;
  }

  #watch(child: Child<GatewayReady>): void {
    this.#child = child;
    void child.exited.then((how) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#findings.add(`the gateway's process ended by itself, with ${how}`);
    });
  }
}

function startProcess(changes: Partial<Config>, findings: Findings): Promise<Child<GatewayReady>> {
  return startGatewayProcess(
    { ...quickDeadlines, ...changes },
    {
      nodeArguments: ['--expose-gc'],
      onErrorLine: (line) => {
        if (isComplaint(line)) findings.add(`the gateway says: ${line.slice(0, 2_000)}`);
      },
    },
  );
}
