import { bundleWhole } from './bundle-modules.ts';
import type { FolderContent } from './folders.ts';

/** The same page in two files, for apps that have `index.html` and `index.tsx` side by side. */
export async function toPasteFiles(pageSources: string, styles: string): Promise<ReadonlyMap<string, string>> {
  const code = await bundleWhole(pageSources);
  return new Map([
    ['paste/index.html', toPasteHtml(styles)],
    ['paste/index.tsx', `// @ts-nocheck\n${code}`],
  ]) satisfies FolderContent;
}

/** An import map serves where packages come from a content network; where they are installed it is not used. */
function toPasteHtml(styles: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>GeminiProxy worker</title>
    <script type="importmap">
      {
        "imports": {
          "react": "https://esm.sh/react@^19.0.0",
          "react/": "https://esm.sh/react@^19.0.0/",
          "react-dom/": "https://esm.sh/react-dom@^19.0.0/",
          "@google/genai": "https://esm.sh/@google/genai@^3.1.0"
        }
      }
    </script>
    <style>
${styles}    </style>
  </head>
  <body>
    <div id="root"></div>
    <script type="module" src="/index.tsx"></script>
  </body>
</html>
`;
}
