import { setTimeout as delay } from 'node:timers/promises';
import { type Child, residentBytes } from '../child.ts';
import type { FaultProxy } from '../fault-proxy/fault-proxy.ts';
import { startWorkerProcess } from '../process-stack.ts';
import type { WorkerProcessOptions } from '../processes/worker.ts';
import { type Findings, isComplaint } from './findings.ts';

/** A worker's process behind a bad network, and those that come after it under the same name. */
export class ChaosWorker implements AsyncDisposable {
  readonly link: FaultProxy;
  readonly #options: WorkerProcessOptions;
  readonly #certificateFile: string;
  readonly #findings: Findings;
  #child: Child<unknown> | undefined;
  #replacing: Promise<void> = Promise.resolve();

  constructor(options: WorkerProcessOptions, link: FaultProxy, certificateFile: string, findings: Findings) {
    this.link = link;
    this.#options = { ...options, workerUrl: link.through(options.workerUrl) };
    this.#certificateFile = certificateFile;
    this.#findings = findings;
  }

  get id(): string {
    return this.#options.workerId ?? '';
  }

  async start(): Promise<void> {
    const child = await startWorkerProcess(this.#options, {
      environment: { NODE_EXTRA_CA_CERTS: this.#certificateFile },
      nodeArguments: ['--expose-gc'],
      onErrorLine: (line) => {
        if (isComplaint(line)) this.#findings.add(`${this.id} says: ${line.slice(0, 2_000)}`);
      },
    });
    this.#child = child;
    void child.exited.then((how) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#findings.add(`the process of ${this.id} ended by itself, with ${how}`);
    });
  }

  /** Ends the process, at once or as a page does that is closed, and starts another after a while. One replacement follows the other. */
  replace(how: 'drained' | 'killed', afterMs: number): Promise<void> {
    const replacement = this.#replacing.then(() => this.#replace(how, afterMs));
    this.#replacing = replacement.catch(() => {});
    return replacement;
  }

  state(): Promise<unknown> {
    return this.#running.ask('state');
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

  async #replace(how: 'drained' | 'killed', afterMs: number): Promise<void> {
    const child = this.#running;
    this.#child = undefined;
    if (how === 'drained') await child.ask('drain');
    child.process.kill('SIGKILL');
    await child.exited;
    await delay(afterMs);
    await this.start();
  }

  get #running(): Child<unknown> {
    if (this.#child === undefined) throw new Error(`${this.id} does not run.`);
    return this.#child;
  }
}
