import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildAiStudioApp } from './aistudio-app.ts';
import { buildConsole, buildConsoleStatic } from './console.ts';
import { listFiles } from './folders.ts';
import { buildStatic, buildWorkerPage } from './worker-page.ts';

const [command, root, directory] = process.argv.slice(2);
if (command === 'static' && root !== undefined && directory !== undefined) {
  await buildStatic(root, directory);
} else if (command === 'console' && root !== undefined) {
  await buildConsoleStatic(root);
} else {
  for (const { directory: folder } of [await buildAiStudioApp(), await buildWorkerPage(), await buildConsole()]) {
    console.log(relative(process.cwd(), folder));
    for (const path of await listFiles(folder)) {
      const { size } = await stat(join(folder, path));
      console.log(`  ${(size / 1000).toFixed(1).padStart(7)} kB  ${path}`);
    }
  }
}
