import { type GeminiUsage, SseReader, toAnswer } from './gemini-body.ts';
import { toError } from './query.ts';
import { Store } from './store.ts';

export interface TryItTarget {
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds, growing. */
  readonly now: () => number;
}

export interface Question {
  readonly model: string;
  readonly prompt: string;
  readonly apiKey: string;
}

export interface TryItState {
  readonly is: 'idle' | 'asking' | 'answered' | 'failed' | 'stopped';
  readonly text: string;
  readonly thoughts: string;
  readonly firstByteMs: number | undefined;
  readonly durationMs: number | undefined;
  readonly usage: GeminiUsage | undefined;
  readonly finishReason: string | undefined;
  /** What went wrong, in the words of whoever answered. */
  readonly error: string | undefined;
}

const idle: TryItState = {
  is: 'idle',
  text: '',
  thoughts: '',
  firstByteMs: undefined,
  durationMs: undefined,
  usage: undefined,
  finishReason: undefined,
  error: undefined,
};

/** A real question to the gateway, asked as any program asks, and its answer as it comes. */
export class TryIt extends Store<TryItState> {
  readonly #target: TryItTarget;
  #running: AbortController | undefined;

  constructor(target: TryItTarget) {
    super(idle);
    this.#target = target;
  }

  /** Never rejects: an error is part of the state. */
  async ask(question: Question): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const startedAt = this.#target.now();
    const elapsed = () => this.#target.now() - startedAt;
    const change = (changed: Partial<TryItState>) => {
      if (this.#running === running) this.set({ ...this.value, ...changed });
    };
    this.set({ ...idle, is: 'asking' });
    try {
      const response = await this.#post(question, running.signal);
      if (!response.ok) throw new Error(messageOf(await response.text(), response.status));
      change({ firstByteMs: elapsed() });
      for await (const value of valuesOf(response)) {
        const { candidates, usageMetadata, error, promptFeedback } = toAnswer(value);
        if (error !== undefined) throw new Error(error.message ?? JSON.stringify(error));
        const [candidate] = candidates ?? [];
        const parts = candidate?.content?.parts ?? [];
        const textOf = (isThought: boolean) =>
          parts.map(({ text = '', thought = false }) => (thought === isThought ? text : '')).join('');
        change({
          text: this.value.text + textOf(false),
          thoughts: this.value.thoughts + textOf(true),
          usage: usageMetadata ?? this.value.usage,
          finishReason: candidate?.finishReason ?? promptFeedback?.blockReason ?? this.value.finishReason,
        });
      }
      change({ is: 'answered', durationMs: elapsed() });
    } catch (error) {
      if (running.signal.aborted) change({ is: 'stopped', durationMs: elapsed() });
      else change({ is: 'failed', durationMs: elapsed(), error: toError(error).message });
    }
  }

  stop(): void {
    this.#running?.abort();
  }

  #post({ model, prompt, apiKey }: Question, signal: AbortSignal): Promise<Response> {
    return this.#target.fetch(`/v1beta/models/${encodeURIComponent(model)}:streamGenerateContent?alt=sse`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': apiKey },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
      signal,
    });
  }
}

async function* valuesOf(response: Response): AsyncGenerator<unknown> {
  const sse = new SseReader();
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield* sse.read(decoder.decode(value, { stream: true }));
  }
  yield* sse.end();
}

function messageOf(body: string, status: number): string {
  try {
    const { error } = toAnswer(JSON.parse(body));
    if (error?.message !== undefined) return error.message;
  } catch {
    // Not JSON: the status has to say it.
  }
  return `HTTP ${status}`;
}
