import type { OperationName } from '@gemini-proxy/gemini';
import { type Answer, type Call, type Route, whole } from '../answer.ts';
import { apiErrors } from '../errors.ts';
import { parseGenerateRequest } from '../generate-request.ts';
import { type Generation, generate, usageOf } from '../generation.ts';
import { requireModel } from '../models.ts';
import { isJsonObject, type JsonObject, toMessage } from '../proto-json.ts';
import { randomToken } from '../resources/random-id.ts';

const ID_LENGTH = 64;

/** The Interactions API, as far as its SDK shows it: every interaction is complete when it is answered, and has one step of text. */
export const INTERACTION_ROUTES: Partial<Record<OperationName, Route>> = {
  'interactions.create': { isGeneration: true, answer: create },
  'interactions.get': {
    isGeneration: false,
    answer: (call) => {
      const interaction = read(call);
      return call.query.get('stream') === 'true' ? replay(interaction, call.query.get('last_event_id')) : whole(interaction);
    },
  },
  'interactions.cancel': { isGeneration: false, answer: (call) => whole(read(call)) },
  'interactions.delete': {
    isGeneration: false,
    answer: ({ account, target, resources: { records } }) => {
      records.delete(account, target);
      return whole({});
    },
  },
};

function create({ account, body, behaviour, resources: { records }, version }: Call): Answer {
  const message = toMessage(body);
  const { input, previous_interaction_id: previous, stream, store } = message;
  if (typeof message.model !== 'string' || input === undefined) throw apiErrors.invalidArgument();
  const { name } = requireModel(message.model.replace(/^models\//, ''), version, 'generateContent');
  if (typeof previous === 'string') records.get(account, `interactions/${previous}`);
  const contents = [{ role: 'user', parts: [{ text: textOf(input) }] }];
  const model = name.slice('models/'.length);
  const generation = generate(parseGenerateRequest({ contents }), model, behaviour);
  const id = `v1_${randomToken(ID_LENGTH)}`;
  const created = records.timestamp();
  const interaction = {
    id,
    object: 'interaction',
    model,
    ...(typeof previous === 'string' ? { previous_interaction_id: previous } : {}),
    status: 'completed',
    created,
    updated: created,
    steps: [{ type: 'model_output', content: [{ type: 'text', text: textPieces(generation).join('') }] }],
    usage: usage(generation),
  };
  if (store !== false) records.create(account, `interactions/${id}`, interaction);
  return stream === true ? { kind: 'stream', chunks: eventsOf(interaction, textPieces(generation)) } : whole(interaction);
}

function read({ account, target, resources: { records } }: Call): JsonObject {
  const { name: _, ...interaction } = toMessage(records.get(account, target.replace(/\/cancel$/, '')));
  return interaction;
}

/** The events that a client has not seen yet. */
function replay(interaction: JsonObject, lastEventId: string | null): Answer {
  const [step] = Array.isArray(interaction.steps) ? interaction.steps.map(toMessage) : [];
  const events = [...eventsOf(interaction, [textOf(step?.content)])];
  return { kind: 'stream', chunks: events.slice(events.findIndex(({ event_id: id }) => id === lastEventId) + 1) };
}

function* eventsOf(interaction: JsonObject, pieces: readonly string[]): Generator<JsonObject> {
  const { steps: _steps, usage: _usage, ...begun } = interaction;
  const events: JsonObject[] = [
    { event_type: 'interaction.created', interaction: { ...begun, status: 'in_progress' } },
    { event_type: 'step.start', index: 0, step: { type: 'model_output' } },
    ...pieces.map((text) => ({ event_type: 'step.delta', index: 0, delta: { type: 'text', text } })),
    { event_type: 'step.stop', index: 0 },
    { event_type: 'interaction.completed', interaction },
  ];
  for (const [index, event] of events.entries()) yield { ...event, event_id: `event-${index + 1}` };
}

function textPieces({ pieces }: Generation): readonly string[] {
  return pieces.filter((piece) => typeof piece === 'string');
}

/** An input is a text, a content, or a list of contents or of steps that hold some. */
function textOf(input: unknown): string {
  if (typeof input === 'string') return input;
  if (Array.isArray(input)) return input.map(textOf).join('');
  if (!isJsonObject(input)) return '';
  return typeof input.text === 'string' ? input.text : textOf(input.content);
}

function usage(generation: Generation): JsonObject {
  const sentCharacters = textPieces(generation).reduce((sum, piece) => sum + piece.length, 0);
  const { promptTokenCount, candidatesTokenCount, totalTokenCount } = toMessage(usageOf(generation, sentCharacters));
  return { total_input_tokens: promptTokenCount, total_output_tokens: candidatesTokenCount ?? 0, total_tokens: totalTokenCount };
}
