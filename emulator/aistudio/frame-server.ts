import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Handler } from './listener.ts';
import { pageDirectory } from './page-directory.ts';
import { sendFile } from './static-files.ts';
import type { AiStudioSwitches } from './switches.ts';

/** Serves the app as the preview origin does: its own files, with the shim as the first script of its page. */
export async function createFrameHandler(appDirectory: string, switches: Pick<AiStudioSwitches, 'live'>): Promise<Handler> {
  const shim = await readFile(`${pageDirectory}/shim.js`);
  return (request, response) => {
    if (request.url === '/_aistudio-iframe.js') {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(shim);
      return;
    }
    void sendFile(appDirectory, request, response, (path, content) =>
      basename(path) === 'index.html' ? injectShim(content.toString(), switches) : content,
    );
  };
}

/** The page with the shim before every other script. */
export function injectShim(html: string, { live }: Pick<AiStudioSwitches, 'live'>): string {
  const shimTag = `<script src="/_aistudio-iframe.js" data-live="${live}"></script>`;
  const head = /<head(\s[^>]*)?>/i.exec(html);
  if (head === null) return shimTag + html;
  const end = head.index + head[0].length;
  return html.slice(0, end) + shimTag + html.slice(end);
}
