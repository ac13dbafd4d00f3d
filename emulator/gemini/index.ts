export { SESSION_HEADER } from './authorisation.ts';
export type { Behaviour, BehaviourRequest, ChooseBehaviour, Fault } from './behaviour.ts';
export { fillPseudoRandom } from './byte-source.ts';
export type { Clock } from './clock.ts';
export type { BodyDigest } from './digest.ts';
export type { HttpRequest, HttpResponse } from './exchange.ts';
export type { GeminiEmulator, GeminiEmulatorOptions, GeminiEmulatorState } from './gemini-emulator.ts';
export { createGeminiEmulator, DEFAULT_API_KEY } from './gemini-emulator.ts';
export type { ReceivedRequest, RequestRecorder } from './recorder.ts';
