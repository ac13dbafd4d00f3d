import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGeminiEmulator, type GeminiEmulator } from '@gemini-proxy/emulator/gemini';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../src/index.ts';
import {
  type AccountName,
  type AccountsStack,
  accounts,
  cacheBody,
  createCache,
  createFile,
  emulatorAccounts,
  promptWith,
  startAccountsStack,
} from './accounts-stack.ts';
import { expectBaseline } from './baseline.ts';

const generate = '/v1beta/models/gemini-2.5-flash:generateContent';

interface Owned {
  readonly name: string;
  readonly owner: AccountName;
}

async function startEmulator(): Promise<GeminiEmulator> {
  const emulator = createGeminiEmulator({ accounts: emulatorAccounts });
  await emulator.listen();
  return emulator;
}

/** The reason of the gateway's own error. */
function reasonOf({ json }: { readonly json: { error?: { details?: { reason?: string; domain?: string }[] } } }) {
  const [info] = json.error?.details ?? [];
  return info?.domain === 'gemini-proxy' ? info.reason : undefined;
}

async function createOwned(upstreamUrl: string, filesEach: number, cachesEach: number) {
  const files: Owned[] = [];
  const caches: Owned[] = [];
  for (const owner of accounts) {
    for (let index = 0; index < filesEach; index += 1) files.push({ name: await createFile(upstreamUrl, owner), owner });
    for (let index = 0; index < cachesEach; index += 1) caches.push({ name: await createCache(upstreamUrl, owner), owner });
  }
  return { files, caches };
}

/** One of the ways to name a resource. */
function use(stack: AccountsStack, { name }: Owned, way: number) {
  if (name.startsWith('files/')) {
    if (way % 3 === 0) return stack.send('GET', `/v1beta/${name}`);
    if (way % 3 === 1) return stack.send('POST', generate, promptWith(name));
    return stack.send('POST', '/v1beta/models/gemini-2.5-flash:countTokens', promptWith(name));
  }
  if (way % 3 === 0) return stack.send('GET', `/v1beta/${name}`);
  if (way % 3 === 1) return stack.send('PATCH', `/v1beta/${name}`, { ttl: '700s' });
  return stack.send('POST', generate, { ...promptWith(), cachedContent: name });
}

describe('a request that names a resource', () => {
  it('of 300 files and 60 caches arrives at its owner, in 2,000 requests over a loss of an owner and a restart', {
    timeout: 120_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-affinity-'));
    await using emulator = await startEmulator();
    const { files, caches } = await createOwned(emulator.url, 100, 20);
    const owned = [...files, ...caches];
    let sent = 0;
    /** Sends 500 requests, 50 at once, and expects each at its owner, or refused where that is offline. */
    async function sendAll(stack: AccountsStack, offline?: AccountName) {
      const end = sent + 500;
      const sendOn = async () => {
        while (sent < end) {
          sent += 1;
          const one = owned[(sent * 37) % owned.length];
          if (one === undefined) continue;
          const answer = await use(stack, one, Math.floor(sent / owned.length));
          const isOffline = one.owner === offline && !(answer.status === 200 && answer.json.name === one.name);
          expect([one, answer.status, reasonOf(answer)]).toEqual(
            isOffline ? [one, 503, 'RESOURCE_OWNER_OFFLINE'] : [one, 200, undefined],
          );
        }
      };
      await Promise.all(Array.from({ length: 50 }, sendOn));
      await expectBaseline(stack.gateway);
    }
    for (const life of [1, 2]) {
      using store = openSqliteStore(join(folder, 'gateway.sqlite'));
      await using stack = await startAccountsStack(emulator.url, { store });
      await sendAll(stack);
      if (life === 1) for (const { name } of owned) await stack.send('GET', `/v1beta/${name}`);
      emulator.received.clear();
      await stack.disconnect('berta');
      await sendAll(stack, 'berta');
      await stack.connect('berta');
      expect(emulator.received.requests.filter(({ status }) => status === 403 || status === 404)).toEqual([]);
    }
    await rm(folder, { recursive: true });
  });

  it('gets the documented error while its owner is offline, and works again when it is back', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    const file = await createFile(emulator.url, 'berta');
    expect((await stack.send('POST', generate, promptWith(file))).status).toBe(200);
    await stack.disconnect('berta');
    const cache = (await stack.send('POST', '/v1beta/cachedContents', cacheBody())).json.name;
    for (const answer of [await stack.send('POST', generate, promptWith(file)), await stack.send('DELETE', `/v1beta/${file}`)]) {
      expect([answer.status, reasonOf(answer)]).toEqual([503, 'RESOURCE_OWNER_OFFLINE']);
      expect(answer.json.error.message).toContain('account berta');
    }
    expect((await stack.send('POST', generate, { ...promptWith(), cachedContent: cache })).status).toBe(200);
    expect((await stack.send('POST', generate, promptWith())).status).toBe(200);
    await stack.connect('berta');
    expect((await stack.send('POST', generate, promptWith(file))).status).toBe(200);
    await expectBaseline(stack.gateway);
  });

  it('gets the documented error when it names resources of two owners', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    const [ofAnna, ofBerta] = [await createFile(emulator.url, 'anna'), await createFile(emulator.url, 'berta')];
    const answer = await stack.send('POST', generate, promptWith(ofAnna, ofBerta));
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'MIXED_RESOURCE_OWNERS']);
    expect(answer.json.error.message).toContain(`${ofAnna} belongs to account anna, ${ofBerta} to account berta`);
    await expectBaseline(stack.gateway);
  });

  it("gets the service's own answer when nobody knows it, and is looked for once", async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    emulator.received.clear();
    const answers = await Promise.all(Array.from({ length: 5 }, () => stack.send('DELETE', '/v1beta/files/nobody-knows')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
    const lookups = emulator.received.requests.filter(({ method }) => method === 'GET');
    expect(lookups).toHaveLength(accounts.length);
  });

  it('carries a body larger than memory to the owner, byte for byte', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    const file = await createFile(emulator.url, 'carla');
    const filling = { parts: [{ text: 'x'.repeat(5 * 1024 * 1024) }], role: 'user' };
    const body = JSON.stringify({ contents: [filling, ...promptWith(file).contents] });
    emulator.received.clear();
    expect((await stack.send('POST', generate, body)).status).toBe(200);
    const [received] = emulator.received.requests.filter(({ method }) => method === 'POST');
    expect(received?.body?.sha256).toBe(createHash('sha256').update(body).digest('hex'));
    await expectBaseline(stack.gateway);
  });

  it('finds the files of a program with one account, since uploads stay with one', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    const names: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      const { status, json } = await stack.send('POST', '/upload/v1beta/files?uploadType=media', `file ${index}`);
      expect(status).toBe(200);
      names.push(json.file.name);
    }
    emulator.received.clear();
    expect((await stack.send('POST', generate, promptWith(...names))).status).toBe(200);
    expect(emulator.received.requests).toHaveLength(1);
    await expectBaseline(stack.gateway);
  });

  it('is forgotten with its deletion', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    const file = await createFile(emulator.url, 'anna');
    expect((await stack.send('GET', `/v1beta/${file}`)).status).toBe(200);
    expect((await stack.send('DELETE', `/v1beta/${file}`)).status).toBe(200);
    expect((await stack.send('GET', `/v1beta/${file}`)).status).toBe(403);
  });
});

describe('a file that is asked for', () => {
  it('is answered from the store once its state is final, byte for byte', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    const file = await createFile(emulator.url, 'anna');
    const first = await stack.send('GET', `/v1beta/${file}`);
    emulator.received.clear();
    const second = await stack.send('GET', `/v1beta/${file}`);
    expect(emulator.received.requests).toEqual([]);
    expect(second.text).toBe(first.text);
    const lasting = ({ headers }: typeof first) => [...headers].filter(([name]) => !['date', 'server-timing'].includes(name));
    expect(lasting(second)).toEqual(lasting(first));
  });

  it('costs one call for all who ask at the same time', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url, { connected: ['anna'] });
    const file = await createFile(emulator.url, 'anna', 'video/mp4');
    emulator.received.clear();
    const answers = await Promise.all(Array.from({ length: 20 }, () => stack.send('GET', `/v1beta/${file}`)));
    expect(new Set(answers.map(({ json }) => json.state))).toEqual(new Set(['PROCESSING']));
    expect(emulator.received.requests.length).toBeLessThan(20);
    await expectBaseline(stack.gateway);
  });
});

describe('a list', () => {
  async function walk(stack: AccountsStack, list: string, pageSize: number): Promise<readonly (readonly string[])[]> {
    const pages: string[][] = [];
    let token: string | undefined;
    do {
      const query = `pageSize=${pageSize}${token === undefined ? '' : `&pageToken=${token}`}`;
      const { status, json } = await stack.send('GET', `/v1beta/${list}?${query}`);
      expect(status).toBe(200);
      pages.push((json[list] ?? []).map(({ name }: { name: string }) => name));
      token = json.nextPageToken;
    } while (token !== undefined);
    return pages;
  }

  it('over three accounts has everything exactly once, in pages of the size asked for', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    const { files, caches } = await createOwned(emulator.url, 7, 2);
    for (const [list, owned] of [
      ['files', files],
      ['cachedContents', caches],
    ] as const) {
      for (const pageSize of [1, 4, 7, 100]) {
        const pages = await walk(stack, list, pageSize);
        expect(pages.slice(0, -1).every((page) => page.length === pageSize)).toBe(true);
        expect(pages.flat().sort()).toEqual(owned.map(({ name }) => name).sort());
      }
    }
    await expectBaseline(stack.gateway);
  });

  it('takes no page token that it did not give for this list', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    await createOwned(emulator.url, 2, 0);
    const token: string = (await stack.send('GET', '/v1beta/files?pageSize=1')).json.nextPageToken;
    const tampered = `${token.slice(0, -2)}AA`;
    for (const path of [
      `files?pageToken=${tampered}`,
      `cachedContents?pageToken=${token}`,
      'files?pageToken=gp.',
      'files?pageToken=x',
    ]) {
      const answer = await stack.send('GET', `/v1beta/${path}`);
      expect([answer.status, reasonOf(answer)]).toEqual([400, 'PAGE_TOKEN_INVALID']);
    }
  });

  it('of one account is passed through untouched', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url, { connected: ['anna'] });
    await createOwned(emulator.url, 3, 0);
    const { json } = await stack.send('GET', '/v1beta/files?pageSize=2');
    expect(json.files).toHaveLength(2);
    expect(json.nextPageToken).not.toMatch(/^gp\./);
  });

  it('is empty as the service prints it', async () => {
    await using emulator = await startEmulator();
    await using stack = await startAccountsStack(emulator.url);
    expect((await stack.send('GET', '/v1beta/files')).text).toBe('{}\n');
  });
});
