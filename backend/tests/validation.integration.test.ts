import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Config } from '../src/index.ts';
import { maxValidatedBytes } from '../src/validation/validation.ts';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { connectScriptedWorker, echo } from './scripted-worker.ts';
import { clientKey, startGateway } from './start-gateway.ts';

const generatePath = '/v1beta/models/gemini-2.5-flash:generateContent';
const contents = '"contents": [{"role": "user", "parts": [{"text": "classified"}]}]';
const misfit = `{${contents}, "generationConfig": {"temperature": "classified"}, "newField": 1}`;
const temperatureField = 'generation_config.temperature';

/** A gateway with one worker that answers with the request's body. */
async function start(config: Partial<Config>) {
  const started = await startGateway(config);
  const worker = await connectScriptedWorker({ port: started.port, script: echo });
  await expect.poll(() => started.gateway.workers()[0]?.state).toBe('ready');
  const send = async (body: string | Uint8Array<ArrayBuffer> | ReadableStream, { path = generatePath, headers = {} } = {}) => {
    const answer = await fetch(started.url + path, {
      method: 'POST',
      headers: { 'x-goog-api-key': clientKey, ...headers },
      body,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
    return { status: answer.status, text: await answer.text() };
  };
  return { ...started, worker, send, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

function inChunks(...pieces: readonly string[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}

describe('validate: off', () => {
  it('looks at nothing', async () => {
    await using started = await start({ validate: 'off' });
    expect(await started.send('{"contents": nonsense')).toEqual({ status: 200, text: '{"contents": nonsense' });
    expect(started.gateway.counters()).toMatchObject({ requestsInvalid: 0, requestsUnchecked: 0 });
  });
});

describe('validate: reject', () => {
  it("answers a misfit in Google's form, without using a worker, and logs no value", async () => {
    await using started = await start({ validate: 'reject' });
    const { status, text } = await started.send(misfit);
    expect(status).toBe(400);
    const { error } = JSON.parse(text);
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect(error.message).toBe(`Invalid value at '${temperatureField}' (TYPE_FLOAT), "classified"`);
    expect(error.details).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: temperatureField, description: error.message }],
      },
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'INVALID_REQUEST', domain: 'gemini-proxy' },
    ]);
    expect(started.worker.streams).toHaveLength(0);
    expect(started.log.join('\n')).toContain(temperatureField);
    expect(started.log.join('\n')).not.toContain('classified');
    await expectBaseline(started.gateway);
  });

  it('answers a body that the service could not read with its words, and logs no piece of it', async () => {
    await using started = await start({ validate: 'reject' });
    const { status, text } = await started.send('{"contents": [{"classified": nonsense');
    expect([status, JSON.parse(text).error.message]).toEqual([400, expect.stringMatching(/^Invalid JSON payload received\./)]);
    expect(started.log.join('\n')).toContain('request-invalid');
    expect(started.log.join('\n')).not.toMatch(/classified|nonsense/);
    expect(started.worker.streams).toHaveLength(0);
  });

  it('writes the error of a stream as that stream would', async () => {
    await using started = await start({ validate: 'reject' });
    const path = generatePath.replace('generate', 'streamGenerate');
    expect(JSON.parse((await started.send(misfit, { path })).text)).toEqual([{ error: expect.objectContaining({ code: 400 }) }]);
  });

  it.each([
    ['what fits, as leniently as the service reads it', `{'system_instruction': {'parts': {'text': 'x'}}, ${contents},}`],
    ['fields that it does not know', `{${contents}, "newField": {"a": [1]}}`],
  ])('lets pass, byte for byte: %s', async (_note, body) => {
    await using started = await start({ validate: 'reject' });
    expect(await started.send(body)).toEqual({ status: 200, text: body });
    expect(await started.send(inChunks(body.slice(0, 9), body.slice(9)))).toEqual({ status: 200, text: body });
    await expectBaseline(started.gateway);
  });

  it('lets other operations pass unseen', async () => {
    await using started = await start({ validate: 'reject' });
    const path = '/v1beta/interactions';
    expect(await started.send('{"broken', { path })).toEqual({ status: 200, text: '{"broken' });
    expect(started.gateway.counters().requestsUnchecked).toBe(0);
  });

  it('lets larger and compressed bodies pass unseen, and says so', async () => {
    await using started = await start({ validate: 'reject' });
    const large = misfit.padEnd(maxValidatedBytes + 1);
    expect((await started.send(large)).text).toBe(large);
    expect((await started.send(inChunks(large.slice(0, 1000), large.slice(1000)))).text).toBe(large);
    const compressed = new Uint8Array(gzipSync('{"broken'));
    expect((await started.send(compressed, { headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
    expect(started.gateway.counters()).toMatchObject({ requestsUnchecked: 3, requestsInvalid: 0 });
    await expectBaseline(started.gateway);
  });

  it('forgets a client that leaves, and one that falls silent', async () => {
    await using started = await start({ validate: 'reject', requestTimeoutMs: 300 });
    const request = head(`POST ${generatePath}`, ['content-length: 100']);
    {
      using leaving = await connectRaw(started.port);
      leaving.socket.write(`${request}{"con`);
      await expect.poll(() => started.gateway.debugState().validation.held).toBe(1);
    }
    await expect.poll(() => started.gateway.debugState().validation.held).toBe(0);
    using silent = await connectRaw(started.port);
    silent.socket.write(`${request}{"con`);
    await expect.poll(() => silent.text, { timeout: 10_000 }).toContain('REQUEST_TIMEOUT');
    await expectBaseline(started.gateway);
  });
});

describe('validate: warn', () => {
  it('logs what does not fit, without values, and lets it pass', async () => {
    await using started = await start({ validate: 'warn' });
    expect(await started.send(misfit)).toEqual({ status: 200, text: misfit });
    const line = started.log.find((entry) => entry.startsWith('request-invalid'));
    expect(line).toContain(`"field":"${temperatureField}","description":"Invalid value at '${temperatureField}' (TYPE_FLOAT)"`);
    expect(line).not.toContain('classified');
    expect(started.gateway.counters().requestsInvalid).toBe(1);
    await expectBaseline(started.gateway);
    const record = started.log.find((entry) => entry.startsWith('request-completed'));
    expect(record).toContain(`"notes":["${temperatureField}: Invalid value`);
    expect(record).not.toContain('classified');
  });
});
