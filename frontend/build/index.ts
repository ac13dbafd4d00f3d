export { type BuiltFolder, buildAiStudioApp } from './aistudio-app.ts';
export { buildWorkerPage } from './worker-page.ts';
