import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Handler } from './listener.ts';
import { pageDirectory } from './page-directory.ts';
import { sendFile } from './static-files.ts';

const shimTag = '<script src="/_aistudio-iframe.js"></script>';

/** Serves the app as the preview origin does: its own files, with the shim as the first script of its page. */
export async function createFrameHandler(appDirectory: string): Promise<Handler> {
  const shim = await readFile(`${pageDirectory}/shim.js`);
  return (request, response) => {
    if (request.url === '/_aistudio-iframe.js') {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(shim);
      return;
    }
    void sendFile(appDirectory, request, response, (path, content) =>
      basename(path) === 'index.html' ? injectShim(content.toString()) : content,
    );
  };
}

/** The page with the shim before every other script. */
export function injectShim(html: string): string {
  const head = /<head(\s[^>]*)?>/i.exec(html);
  if (head === null) return shimTag + html;
  const end = head.index + head[0].length;
  return html.slice(0, end) + shimTag + html.slice(end);
}
