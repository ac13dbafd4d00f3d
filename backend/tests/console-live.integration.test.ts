import { describe, expect, it, vi } from 'vitest';
import { type LiveEventName, liveEventSchemas } from '../src/console/contract.ts';
import { maxSubscribers } from '../src/console/feed/live-feed.ts';
import { readEvents } from './console-client.ts';
import { answering, connectScriptedWorker } from './scripted-worker.ts';
import { adminToken, clientKey, startGateway } from './start-gateway.ts';

const apiPath = '/console/api';
const bearer = { authorization: `Bearer ${adminToken}` };
const generatePath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse';
const patience = { timeout: 20_000, interval: 20 };

/** An event stream with token counts at its end, as the Gemini API sends it. */
const generation = answering(
  200,
  [['content-type', 'text/event-stream']],
  'data: {"candidates":[],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":5}}\r\n\r\n',
);

async function generate(url: string, body = '{"contents":[]}'): Promise<string> {
  const answer = await fetch(`${url}${generatePath}&key=${clientKey}`, { method: 'POST', body });
  return answer.text();
}

describe('the live channel', () => {
  it('tells of requests, workers, logs and rates, each as the contract says', async () => {
    await using started = await startGateway();
    await using reader = await readEvents(`${started.url}${apiPath}/events`, bearer);
    await reader.find(({ name }) => name === 'hello');
    await using _worker = await connectScriptedWorker({ port: started.port, script: generation });
    await reader.find(({ name, data }) => name === 'workers' && JSON.stringify(data).includes('"ready"'));
    await reader.find(({ name, data }) => name === 'setup' && JSON.stringify(data).includes('"ready"'));
    await generate(started.url);
    await reader.find(({ name, data }) => name === 'requests' && JSON.stringify(data).includes('"completed"'));
    await reader.find(({ name, data }) => name === 'logs' && JSON.stringify(data).includes('worker-connected'));
    await reader.find(({ name, data }) => name === 'pulse' && JSON.stringify(data).includes('"ready":1'));
    for (const { name, data } of reader.events) expect(liveEventSchemas[name as LiveEventName].parse(data)).toEqual(data);
    await started.gateway.close();
    await reader.find(({ name }) => name === 'bye');
  });

  it('sends what was asked for only, and refuses what it does not know', async () => {
    await using started = await startGateway();
    await using reader = await readEvents(`${started.url}${apiPath}/events?topics=pulse`, bearer);
    await reader.find(({ name }) => name === 'pulse');
    expect(new Set(reader.events.map(({ name }) => name))).toEqual(new Set(['hello', 'pulse']));
    const answer = await fetch(`${started.url}${apiPath}/events?topics=gossip`, { headers: bearer });
    expect(answer.status).toBe(400);
  });

  it('has room for so many, and for others when they have gone', async () => {
    await using started = await startGateway();
    const open = () => readEvents(`${started.url}${apiPath}/events`, bearer);
    await using readers = new AsyncDisposableStack();
    const first = await open();
    for (let count = 1; count < maxSubscribers; count += 1) readers.use(await open());
    await expect(open()).rejects.toThrow('409');
    await first[Symbol.asyncDispose]();
    await vi.waitFor(async () => readers.use(await open()), patience);
  });
});
