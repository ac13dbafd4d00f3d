import { say } from './print.ts';

export interface DemoTarget {
  readonly baseUrl: string;
  readonly clientKey: string;
}

const model = 'gemini-2.5-flash';
/** Longest time of a call; one takes less than a second. */
const callTimeoutMs = 30_000;

interface Answer {
  readonly candidates?: readonly {
    readonly finishReason?: string;
    readonly content?: { readonly parts?: readonly { readonly text?: string }[] };
  }[];
}

/** One call answered whole. Throws when the answer is not what the API gives. */
export async function callWhole(target: DemoTarget, prompt: string, signal: AbortSignal): Promise<void> {
  const response = await post(target, 'generateContent', prompt, signal);
  const answer = (await response.json()) as Answer;
  say.line(`  ${textOf(answer).replaceAll('\n', '\n  ')}`);
  if (textOf(answer) === '') throw new Error('The answer has no text.');
}

/** One call answered as a stream, shown as it arrives. Throws when it comes in one piece or does not end properly. */
export async function callStreamed(target: DemoTarget, prompt: string, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const response = await post(target, 'streamGenerateContent?alt=sse', prompt, signal);
  const arrivals: number[] = [];
  let rest = '';
  let finishReason: string | undefined;
  say.piece('  ');
  for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    rest += text;
    const events = rest.split('\r\n\r\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const answer = JSON.parse(event.slice('data: '.length)) as Answer;
      arrivals.push(performance.now() - startedAt);
      finishReason = answer.candidates?.[0]?.finishReason ?? finishReason;
      say.piece(textOf(answer).replaceAll('\n', '\n  '));
    }
  }
  say.line('');
  if (finishReason === undefined || rest !== '') throw new Error('The stream ended before its end.');
  const [first = 0] = arrivals;
  const last = arrivals.at(-1) ?? 0;
  if (arrivals.length < 2 || last === first) throw new Error('The stream came in one piece.');
  say.step(`${arrivals.length} pieces: the first after ${Math.round(first)} ms, the last after ${Math.round(last)} ms.`);
}

async function post(target: DemoTarget, method: string, prompt: string, stop: AbortSignal): Promise<Response> {
  say.quiet(`  POST /v1beta/models/${model}:${method}\n  “${prompt}”\n`);
  const response = await fetch(`${target.baseUrl}/v1beta/models/${model}:${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-goog-api-key': target.clientKey },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
    signal: AbortSignal.any([stop, AbortSignal.timeout(callTimeoutMs)]),
  });
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return response;
}

function textOf(answer: Answer): string {
  return (answer.candidates?.[0]?.content?.parts ?? []).map((part) => part.text ?? '').join('');
}
