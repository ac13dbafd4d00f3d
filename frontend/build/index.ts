export { type BuiltFolder, buildAiStudioApp } from './aistudio-app.ts';
export { buildConsole } from './console.ts';
export { buildWorkerPage } from './worker-page.ts';
