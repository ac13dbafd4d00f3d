import type { SurfaceCase } from './surface-case.ts';

const path = (version: string, method: string) => `/ws/google.ai.generativelanguage.${version}.GenerativeService.${method}`;
const content = path('v1beta', 'BidiGenerateContent');
const model = 'models/gemini-2.5-flash-live';
const turn = (text: string) => ({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } });
const look = { functionDeclarations: [{ name: 'look', parameters: { type: 'OBJECT', properties: {} } }] };

/** Sessions of the Live API: the messages of the server, their kind and order, and how each session ends. */
export const liveCases: readonly SurfaceCase[] = [
  {
    name: 'a conversation',
    run: (caller) =>
      caller.converse(content, [
        { say: { setup: { model } }, until: 'setupComplete' },
        { say: turn('Grüße 你好'), until: 'turnComplete' },
        { say: `{'realtime_input': {'text': "and again", }}`, until: 'turnComplete' },
      ]),
  },
  {
    name: 'a tool call',
    run: (caller) =>
      caller.converse(content, [
        { say: { setup: { model, tools: [look] } }, until: 'setupComplete' },
        { say: turn('Look!'), until: 'toolCall' },
      ]),
  },
  { name: 'a first message that is no setup', run: (caller) => caller.converse(content, [{ say: turn('hi'), until: 'closed' }]) },
  { name: 'a message that is no JSON', run: (caller) => caller.converse(content, [{ say: 'hello', until: 'closed' }]) },
  {
    name: 'a model that does not talk',
    run: (caller) => caller.converse(content, [{ say: { setup: { model: 'models/gemini-2.5-flash' } }, until: 'closed' }]),
  },
  {
    name: 'music',
    run: (caller) =>
      caller.converse(path('v1alpha', 'BidiGenerateMusic'), [
        { say: { setup: { model: 'models/lyria-realtime-exp' } }, until: 'setupComplete' },
        { say: { clientContent: { weightedPrompts: [{ text: 'calm', weight: 1 }] } } },
        { say: { playbackControl: 'PLAY' }, until: 'audioChunks', times: 3 },
      ]),
  },
];
