export {
  type AiStudio,
  type AiStudioDebugState,
  type AiStudioOptions,
  createAiStudio,
  maxConcurrentCalls,
} from './aistudio.ts';
export { type BuiltApp, buildApp } from './build-app.ts';
export { type Certificate, createCertificate } from './certificate.ts';
export { isRefusal } from './refusals.ts';
export { type AiStudioSwitches, defaultSwitches, type StreamStatus } from './switches.ts';
