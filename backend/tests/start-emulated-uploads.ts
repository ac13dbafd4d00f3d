import assert from 'node:assert/strict';
import {
  createGeminiEmulator,
  DEFAULT_API_KEY,
  type GeminiEmulator,
  type GeminiEmulatorOptions,
} from '@gemini-proxy/emulator/gemini';
import { expectBaseline } from './baseline.ts';
import { command, startUploadStack, type UploadStack, type UploadStackOptions } from './start-upload-stack.ts';
import { type Intervention, startUpstreamProxy, type UpstreamProxy } from './upstream-proxy.ts';

export interface EmulatedStack extends UploadStack {
  readonly emulator: GeminiEmulator;
  readonly upstream: UpstreamProxy;
}

export interface EmulatedOptions extends Partial<UploadStackOptions> {
  readonly emulator?: GeminiEmulatorOptions;
  readonly intervene?: (name: string) => Intervention | undefined;
}

/** The gateway and a worker before the emulator, with someone between who can disturb. */
export async function startEmulated({
  emulator: emulatorOptions,
  intervene,
  ...options
}: EmulatedOptions = {}): Promise<EmulatedStack> {
  await using disposables = new AsyncDisposableStack();
  const emulator = disposables.use(createGeminiEmulator(emulatorOptions));
  const upstream = disposables.use(await startUpstreamProxy(await emulator.listen(), (_request, name) => intervene?.(name)));
  const stack = disposables.use(await startUploadStack({ apiKey: DEFAULT_API_KEY, upstreamUrl: upstream.url, ...options }));
  const all = disposables.move();
  return { ...stack, emulator, upstream, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** What the Gemini API has made of an upload, after everything has come to rest. */
export async function fileOf(stack: EmulatedStack, answer: Response) {
  assert.deepEqual([answer.status, answer.headers.get('x-goog-upload-status')], [200, 'final']);
  const { file } = JSON.parse(await answer.text());
  const direct = await fetch(`${stack.emulator.url}/v1beta/${file.name}`, { headers: { 'x-goog-api-key': DEFAULT_API_KEY } });
  assert.deepEqual(await direct.json(), file);
  await expectBaseline(stack.gateway);
  return file;
}

/** How much of an upload the gateway has. */
export async function receivedBytes(url: string): Promise<number> {
  const answer = await command(url, 'query');
  await answer.text();
  assert.deepEqual([answer.status, answer.headers.get('x-goog-upload-status')], [200, 'active']);
  return Number(answer.headers.get('x-goog-upload-size-received'));
}
