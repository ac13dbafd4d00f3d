import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../src/index.ts';
import { expectBaseline } from './baseline.ts';
import { connectScriptedWorker, type Script, type ScriptedWorker } from './scripted-worker.ts';
import { clientKey, startGateway } from './start-gateway.ts';

const path = '/v1beta/models/gemini-2.5-flash:generateContent';
const mebibyte = 1024 * 1024;

/** Reads the body and answers with its SHA-256, but dies on the way there. */
function dying(afterBytes: number, die: () => void): Script {
  return (stream) => {
    const hash = createHash('sha256');
    let receivedBytes = 0;
    return {
      onData(chunk, end) {
        hash.update(chunk);
        receivedBytes += chunk.length;
        stream.consumed(chunk.length);
        if (receivedBytes > afterBytes) return die();
        if (!end) return;
        stream.sendHead({ status: 200, headers: [] });
        stream.end(new TextEncoder().encode(hash.digest('hex')));
      },
    };
  };
}

describe('a body larger than the memory for it', () => {
  it.each([
    ['with a length', (body: Uint8Array<ArrayBuffer>) => body],
    ['in chunks', (body: Uint8Array<ArrayBuffer>) => new Blob([body]).stream()],
  ])('%s reaches a third worker whole when two die in mid-body', async (_note, toBody) => {
    const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-replay-'));
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
    using store = openSqliteStore(join(folder, 'gateway.sqlite'));
    await using started = await startGateway({ replayMemoryBytes: 4 * mebibyte, dataFolder: folder }, store);
    const workers: ScriptedWorker[] = [];
    const deadlines = [5 * mebibyte, 12 * mebibyte, Number.POSITIVE_INFINITY];
    for (const [index, afterBytes] of deadlines.entries()) {
      const script = dying(afterBytes, () => workers[index]?.socket.terminate());
      const workerId = `mortal-${index}`;
      workers.push(cleanUp.use(await connectScriptedWorker({ port: started.port, script, hello: { workerId } })));
    }
    await expect.poll(() => started.gateway.workers().filter(({ state }) => state === 'ready').length).toBe(3);

    const body = new Uint8Array(randomBytes(20 * mebibyte));
    const headers = { 'x-goog-api-key': clientKey };
    const answer = await fetch(`${started.url}${path}`, { method: 'POST', body: toBody(body), headers, duplex: 'half' });
    expect(await answer.text()).toBe(createHash('sha256').update(body).digest('hex'));
    expect(workers.map(({ streams }) => streams.length)).toEqual([1, 1, 1]);
    expect(await readdir(join(folder, 'held'))).toEqual([]);
    expect(started.log.filter((line) => line.startsWith('body-not-kept'))).toEqual([]);
    await expectBaseline(started.gateway);
  });
});
