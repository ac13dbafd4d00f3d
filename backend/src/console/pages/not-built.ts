import type { ServerResponse } from 'node:http';
import { safetyHeaders } from '../api/write-answer.ts';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>GeminiProxy</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>The console is not built</h1>
<p>The gateway runs, and programs can use it. Its console is a page that this checkout has not built yet:</p>
<pre>npm run build</pre>
<p>Then reload this page; the gateway need not be started again.</p>
<p lang="zh-Hans">网关正在运行，程序可以使用它；但控制台页面还没有构建。请运行 <code>npm run build</code>，然后刷新本页。</p>
</html>
`;

/** What a browser gets instead of a console that was not built. */
export function writeNotBuilt(response: ServerResponse): void {
  response.writeHead(503, {
    ...safetyHeaders,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'cache-control': 'no-store',
  });
  response.end(page);
}
