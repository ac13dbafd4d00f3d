import { type Stack, startStack, waitUntil } from '@gemini-proxy/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from './clients/client.ts';
import { given, type Operations, type UploadedFile } from './clients/operations.ts';
import { nodeClients } from './clients/table-clients.ts';
import { openWebPage, type WebPage } from './clients/web-page/open-web-page.ts';
import { ResultTable } from './result-table.ts';

let stack: Stack;
let gateway: Target;
let webPage: WebPage;

beforeAll(async () => {
  stack = await startStack({ unattendedBrowser: { connections: 2 } });
  gateway = { baseUrl: stack.baseUrl, apiKey: stack.clientKey };
  webPage = await openWebPage();
});
afterEach(async () => {
  expectToHaveGoneThroughTheHook();
  stack.emulator.received.clear();
  await stack.settled();
});
afterAll(async () => {
  process.stdout.write(`\n${table.format()}\n\n`);
  await webPage[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
});

const mebibyte = 1024 * 1024;
const prompt = 'Say hello to the reader, in 你好, café and 🙂.';
const longText = 'The log of the lighthouse. '.repeat(400);

/** Made by one step and used by the next. */
interface Belongings {
  file?: UploadedFile;
  largeFile?: UploadedFile;
  cache?: string;
}

interface Step {
  readonly name: string;
  readonly needs: keyof Operations;
  /** Does its work, and throws where the result is not what it must be. */
  run(operations: Operations, mine: Belongings): Promise<void>;
}

const upload = async (operations: Operations, bytes: number, mimeType: string): Promise<UploadedFile> => {
  const file = await operations.upload({ bytes, mimeType, displayName: 'Grüße 你好' });
  expect(file.name).toMatch(/^files\/[a-z0-9]{12}$/);
  expect(file.uri).toBe(`https://generativelanguage.googleapis.com/v1beta/${file.name}`);
  return file;
};

/** In the order in which they run. */
const steps: readonly Step[] = [
  {
    name: 'generate',
    needs: 'generate',
    run: async (operations) => expect(await operations.generate(prompt)).toContain(`You said: ${prompt}`),
  },
  {
    name: 'stream',
    needs: 'stream',
    run: async (operations) => expect(await operations.stream(prompt)).toContain(prompt),
  },
  {
    name: 'count',
    needs: 'count',
    run: async (operations) => expect(await operations.count('x'.repeat(400))).toBe(100),
  },
  {
    name: 'embed',
    needs: 'embed',
    run: async (operations) => {
      const vector = await operations.embed(prompt);
      expect(vector.length).toBeGreaterThan(100);
      expect(vector.every((value) => Number.isFinite(value))).toBe(true);
    },
  },
  {
    name: 'models',
    needs: 'models',
    run: async (operations) => expect(await operations.models()).toContain('models/gemini-2.5-flash'),
  },
  {
    name: 'upload 1 kB',
    needs: 'upload',
    run: async (operations, mine) => {
      mine.file = await upload(operations, 1000, 'video/mp4');
    },
  },
  {
    name: 'poll',
    needs: 'file',
    run: async (operations, mine) => {
      const { name } = given(mine.file, 'file');
      await waitUntil(async () => (await operations.file(name)).state === 'ACTIVE', { what: `${name} to be processed` });
      expect(await operations.file(name)).toEqual({ state: 'ACTIVE', sizeBytes: 1000 });
    },
  },
  {
    name: 'upload 40 MiB',
    needs: 'upload',
    run: async (operations, mine) => {
      mine.largeFile = await upload(operations, 40 * mebibyte, 'application/pdf');
    },
  },
  {
    name: 'use file',
    needs: 'askAbout',
    run: async (operations, mine) => {
      const file = mine.largeFile ?? (await uploadElsewhere());
      const answer = await operations.askAbout(file, prompt);
      expect(answer).toContain(`Attached: ${file.name}, ${file.mimeType}, `);
      if (file === mine.largeFile) expect(answer).toContain(`${40 * mebibyte} bytes`);
    },
  },
  {
    name: 'list files',
    needs: 'files',
    run: async (operations, mine) => {
      const names = await operations.files();
      expect(names).toContain(mine.file?.name);
      expect(names).toContain(mine.largeFile?.name);
    },
  },
  {
    name: 'delete files',
    needs: 'deleteFile',
    run: async (operations, mine) => {
      for (const { name } of [given(mine.file, 'file'), given(mine.largeFile, 'file')]) {
        await operations.deleteFile(name);
        await expect(operations.file(name)).rejects.toThrow(/permission to access the File|403/);
      }
    },
  },
  {
    name: 'create cache',
    needs: 'createCache',
    run: async (operations, mine) => {
      mine.cache = await operations.createCache(longText);
      expect(mine.cache).toMatch(/^cachedContents\/[a-z0-9]{40}$/);
    },
  },
  {
    name: 'get cache',
    needs: 'cache',
    run: async (operations, mine) => {
      expect(Date.parse(await operations.cache(given(mine.cache, 'cache')))).toBeGreaterThan(Date.now());
    },
  },
  {
    name: 'list caches',
    needs: 'caches',
    run: async (operations, mine) => expect(await operations.caches()).toContain(mine.cache),
  },
  {
    name: 'update cache',
    needs: 'updateCache',
    run: async (operations, mine) => {
      const before = Date.parse(await operations.cache(given(mine.cache, 'cache')));
      expect(Date.parse(await operations.updateCache(given(mine.cache, 'cache'), 7200))).toBeGreaterThan(before + 6_000_000);
    },
  },
  {
    name: 'use cache',
    needs: 'askCache',
    run: async (operations, mine) => {
      const cache = mine.cache ?? (await cacheElsewhere());
      expect(await operations.askCache(cache, prompt)).toContain(`Cached: ${cache}`);
    },
  },
  {
    name: 'delete cache',
    needs: 'deleteCache',
    run: async (operations, mine) => {
      const name = given(mine.cache, 'cache');
      await operations.deleteCache(name);
      await expect(operations.cache(name)).rejects.toThrow(/CachedContent not found|403/);
    },
  },
];

const table = new ResultTable(steps.map(({ name }) => name));
const clients = [...nodeClients, { name: '@google/genai 3.1, web', connect: (target: Target) => webPage.connect(target) }];

describe.each(clients)('$name through Chromium and the fetch hook', ({ name: client, connect }) => {
  const mine: Belongings = {};
  table.addRow(client);

  it.each(steps.filter(({ needs }) => hasOperation(connect, needs)))('$name', async ({ name, run }) => {
    table.record(client, name, 'failed');
    await run(connect(gateway) as Operations, mine);
    table.record(client, name, 'ok');
  });
});

/** The emulator saw the session of AI Studio, or an upload's own address, and never the client's key. */
function expectToHaveGoneThroughTheHook(): void {
  for (const { headers, path } of stack.emulator.received.requests) {
    if (!path.includes('upload_id=')) expect(headers['x-emulator-session'], path).toBeDefined();
    expect(JSON.stringify([headers, path])).not.toContain(stack.clientKey);
  }
}

/** The web page is there only when the tests run, and has every operation. */
function hasOperation(connect: (target: Target) => Partial<Operations>, name: keyof Operations): boolean {
  const isInPage = connect === clients.at(-1)?.connect;
  return isInPage || connect({ baseUrl: 'http://127.0.0.1:1', apiKey: 'none' })[name] !== undefined;
}

/** Some clients use files and caches that others make. */
function uploadElsewhere(): Promise<UploadedFile> {
  return curlOperations().upload({ bytes: 1000, mimeType: 'text/plain', displayName: 'by curl' });
}

function cacheElsewhere(): Promise<string> {
  return curlOperations().createCache(longText);
}

function curlOperations(): Operations {
  return given(
    nodeClients.find(({ name }) => name === 'curl'),
    'curl',
  ).connect(gateway) as Operations;
}
