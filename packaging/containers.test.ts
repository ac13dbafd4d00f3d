import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodeTable, settings } from '@gemini-proxy/backend';
import { describe, expect, it } from 'vitest';
import { repository } from './repository.ts';

function read(path: string): Promise<string> {
  return readFile(join(repository, path), 'utf8');
}

/** Longer than running requests get to finish. */
const shutdownSeconds = Number.parseInt(settings.find(({ name }) => name === 'shutdown-timeout')?.defaultText ?? '', 10);

describe('the Dockerfile', () => {
  it('runs scripts, copies files and sets variables that there are', async () => {
    const [text, { scripts }] = await Promise.all([read('Dockerfile'), read('package.json').then((json) => JSON.parse(json))]);
    for (const [, script = ''] of text.matchAll(/npm run (\S+)/g)) expect(scripts).toHaveProperty(script);
    expect(text).toContain('COPY --from=build /source/dist/gemini-proxy-*.tgz');
    expect(await read('packaging/bin.ts')).toContain("createPackage(join(repository, 'dist'))");
    const variables = [...text.matchAll(/(GEMINI_PROXY_\w+)=/g)].map(([, name]) => name);
    expect(settings.map(({ variable }) => variable)).toEqual(expect.arrayContaining(variables));
    expect(variables).toHaveLength(3);
  });

  it('leaves root before it starts anything, and does not take built files along', async () => {
    const text = await read('Dockerfile');
    expect(text.indexOf('USER node')).toBeLessThan(text.indexOf('ENTRYPOINT'));
    expect((await read('.dockerignore')).split('\n')).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '.git']));
  });
});

describe('the compose file', () => {
  it('publishes on loopback only, and waits for running requests', async () => {
    const text = await read('compose.yaml');
    expect([...text.matchAll(/^ +- "(.*:8787)"$/gm)].map(([, port]) => port)).toEqual(['127.0.0.1:8787:8787']);
    expect(Number(/stop_grace_period: (\d+)s/.exec(text)?.[1])).toBeGreaterThan(shutdownSeconds);
  });
});

describe('the service file', () => {
  it('waits for running requests, and does not repeat a start that cannot succeed', async () => {
    const text = await read('packaging/systemd/gemini-proxy.service');
    expect(Number(/TimeoutStopSec=(\d+)/.exec(text)?.[1])).toBeGreaterThan(shutdownSeconds);
    expect(text).toContain(`RestartPreventExitStatus=${exitCodeTable.badConfiguration.code}\n`);
  });
});
