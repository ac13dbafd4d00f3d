import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { announcedUrl, announceGateway } from './running-gateway.ts';
import { TestFolder } from './testing.ts';

it('tells where a gateway listens for as long as it does', async () => {
  using folder = new TestFolder();
  {
    using _announced = await announceGateway(folder.path, 'http://127.0.0.1:9');
    expect(await announcedUrl(folder.path)).toBe('http://127.0.0.1:9');
  }
  expect(existsSync(join(folder.path, 'running.json'))).toBe(false);
  expect(await announcedUrl(folder.path)).toBeUndefined();
});

it('does not take back what a successor said', async () => {
  using folder = new TestFolder();
  const first = await announceGateway(folder.path, 'http://127.0.0.1:9');
  using _second = await announceGateway(folder.path, 'http://127.0.0.1:10');
  first[Symbol.dispose]();
  expect(await announcedUrl(folder.path)).toBe('http://127.0.0.1:10');
});

it('takes no notice of what a process left that is no more, nor of anything else', async () => {
  using folder = new TestFolder();
  folder.write('running.json', JSON.stringify({ url: 'http://127.0.0.1:9', processId: 2 ** 22 + 1 }));
  expect(await announcedUrl(folder.path)).toBeUndefined();
  folder.write('running.json', '{"url": 5');
  expect(await announcedUrl(folder.path)).toBeUndefined();
});
