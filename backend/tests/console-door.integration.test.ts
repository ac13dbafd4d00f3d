import { mkdir, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeParameter, consoleRoutes } from '../src/console/contract.ts';
import { maxFailures } from '../src/console/door/try-limit.ts';
import { adminToken, clientKey, startGateway } from './start-gateway.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const apiPath = '/console/api';
const bearer = { authorization: `Bearer ${adminToken}` };

async function reasonOf(answer: Response): Promise<string | undefined> {
  const { error } = (await answer.json()) as { error: { details: { reason?: string }[] } };
  return error.details[0]?.reason;
}

describe('the sign-in', () => {
  it('takes the code of a link once, and gives a strict cookie that opens the API', async () => {
    await using started = await startGateway();
    const { url } = started;
    const link = started.gateway.createConsoleLink(url);
    expect(link.url).toBe(`${url}/console#${codeParameter}=${link.code}`);
    const signIn = () =>
      fetch(`${url}${apiPath}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: link.code }),
      });
    const answer = await signIn();
    expect(answer.status).toBe(200);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; Path=\/console; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    const headers = { cookie: cookie.split(';', 1)[0] ?? '', 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' };
    const session = await (await fetch(`${url}${apiPath}/session`, { headers })).json();
    expect(session).toMatchObject({ signedIn: true, by: 'cookie', languages: ['zh-CN', 'zh', 'en'], gateway: { baseUrl: url } });
    expect((await fetch(`${url}${apiPath}/workers`, { headers })).status).toBe(200);
    expect(await reasonOf(await signIn())).toBe('CODE_INVALID');
    await fetch(`${url}${apiPath}/session`, { method: 'DELETE', headers });
    expect((await fetch(`${url}${apiPath}/workers`, { headers })).status).toBe(401);
    expect(await (await fetch(`${url}${apiPath}/session`)).json()).toEqual({ signedIn: false, languages: [] });
  });

  it('wants a session or the admin token for every call but those of the session', async () => {
    await using started = await startGateway();
    for (const { method, path, ...route } of Object.values(consoleRoutes)) {
      if ('isOpen' in route) continue;
      const target = `${started.url}${apiPath}${path.replaceAll(/\{\w+\}/g, 'x')}`;
      const answer = await fetch(target, { method, headers: { 'x-goog-api-key': clientKey } });
      expect([answer.status, await reasonOf(answer)]).toEqual([401, 'SIGN_IN_REQUIRED']);
    }
    expect((await fetch(`${started.url}${apiPath}/nothing`)).status).toBe(401);
  });

  it('stops answering who guesses', async () => {
    await using started = await startGateway();
    const guess = async () =>
      reasonOf(await fetch(`${started.url}${apiPath}/workers`, { headers: { authorization: 'Bearer gp-admin-guess' } }));
    for (let count = 0; count < maxFailures; count += 1) expect(await guess()).toBe('SIGN_IN_REQUIRED');
    expect(await guess()).toBe('TOO_MANY_TRIES');
    expect((await fetch(`${started.url}${apiPath}/workers`, { headers: bearer })).status).toBe(200);
  });

  it.each([
    ['a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a picture in a page of another port', { 'sec-fetch-site': 'same-site' }],
  ])('refuses %s, whatever it carries', async (_who, headers) => {
    await using started = await startGateway();
    const answer = await fetch(`${started.url}${apiPath}/workers`, { headers: { ...bearer, ...headers } });
    expect([answer.status, await reasonOf(answer)]).toEqual([403, 'CROSS_SITE_REQUEST']);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('refuses a foreign Host, so that no rebound name gets in', async () => {
    await using started = await startGateway();
    const status = await new Promise((resolve) => {
      const options = { port: started.port, path: `${apiPath}/session`, headers: { host: 'evil.example' } };
      httpRequest(options, (response) => resolve(response.statusCode)).end();
    });
    expect(status).toBe(403);
  });

  it('says what does not fit a call', async () => {
    await using started = await startGateway();
    const post = (body: string, type = 'application/json') =>
      fetch(`${started.url}${apiPath}/keys`, { method: 'POST', body, headers: { ...bearer, 'content-type': type } });
    expect(await reasonOf(await post('{"name":""}'))).toBe('CONSOLE_REQUEST_INVALID');
    expect(await reasonOf(await post('{'))).toBe('CONSOLE_REQUEST_INVALID');
    expect(await reasonOf(await post('{"name":"x"}', 'text/plain'))).toBe('CONSOLE_REQUEST_INVALID');
    expect((await post(JSON.stringify({ name: 'x'.repeat(100_000) }))).status).toBe(413);
    const overview = await fetch(`${started.url}${apiPath}/overview?range=1y`, { headers: bearer });
    expect(await reasonOf(overview)).toBe('CONSOLE_REQUEST_INVALID');
    expect((await fetch(`${started.url}${apiPath}/nothing`, { headers: bearer })).status).toBe(404);
  });
});

describe("the console's pages", () => {
  it('are served from the build: assets for ever, the index fresh, all of them under a strict policy', async () => {
    await using folder = await createTemporaryFolder();
    await mkdir(join(folder.path, 'assets'));
    await writeFile(join(folder.path, 'index.html'), '<!doctype html><title>Console</title>');
    await writeFile(join(folder.path, 'assets/main-abc.js'), 'console;');
    await writeFile(join(folder.path, 'secret.key'), 'secret');
    await using started = await startGateway({}, undefined, { folders: { console: folder.path, workerPage: '' } });
    const get = (path: string, headers = {}) => fetch(`${started.url}${path}`, { headers });
    for (const path of ['/console', '/console/', '/console/workers/page-1', '/console/secret.key', '/console/..%2fx']) {
      const answer = await get(path);
      expect(await answer.text()).toBe('<!doctype html><title>Console</title>');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';");
      const etag = answer.headers.get('etag') ?? '';
      expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
    }
    const asset = await get('/console/assets/main-abc.js');
    expect([await asset.text(), asset.headers.get('cache-control')]).toEqual(['console;', 'public, max-age=31536000, immutable']);
    expect(asset.headers.get('content-encoding')).toBe('gzip');
    expect((await get('/console/assets/main-old.js')).status).toBe(404);
  });

  it('say what to do when they are not built, and are found by browsers at the root', async () => {
    await using started = await startGateway();
    const missing = await fetch(`${started.url}/console`);
    expect([missing.status, await missing.text()]).toEqual([503, expect.stringContaining('npm run build')]);
    const browser = await fetch(`${started.url}/`, { headers: { accept: 'text/html,*/*' }, redirect: 'manual' });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/console/']);
    const program = await fetch(`${started.url}/`);
    expect([program.status, await reasonOf(program)]).toEqual([404, 'UNKNOWN_PATH']);
  });
});
