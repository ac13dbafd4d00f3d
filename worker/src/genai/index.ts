export type { GenaiClient, GenaiConfig, GenaiModelParameters, GenaiNameParameters, GenaiPage } from './genai-client.ts';
export type { GenaiExecutorOptions } from './genai-executor.ts';
export { createGenaiExecutor } from './genai-executor.ts';
