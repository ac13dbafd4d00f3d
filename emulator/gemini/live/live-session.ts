import type { Behaviour } from '../behaviour.ts';
import type { Clock } from '../clock.ts';
import { ApiError, apiErrors } from '../errors.ts';
import { parseGenerateRequest } from '../generate-request.ts';
import { type Generation, generate, usageOf } from '../generation.ts';
import { requireModel } from '../models.ts';
import { field, type JsonObject, repeated, text, toMessage } from '../proto-json.ts';
import { randomToken } from '../resources/random-id.ts';
import type { Resources } from '../resources/resources.ts';
import { withResources } from '../used-resources.ts';
import { type Closing, closingOf } from './close-reason.ts';
import { memberOf, parseRealtimeInput } from './live-input.ts';

/** The session's way to its client. */
export interface LiveChannel {
  send(message: unknown): void;
  close(closing: Closing): void;
}

export interface LiveContext {
  readonly account: string;
  readonly version: string;
  readonly resources: Resources;
  readonly behaviour: Behaviour;
  readonly clock: Clock;
  readonly limits: LiveLimits;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}

export interface LiveLimits {
  /** After this many turns the session says that it goes away. Default: never. */
  readonly goAwayAfterTurns?: number | undefined;
  /** How long it stays after that. Default 1 s. */
  readonly goAwayTimeLeftMs?: number | undefined;
}

const DEFAULT_GO_AWAY_MS = 1000;
const GOING_AWAY = 1001;
const HANDLE_LENGTH = 64;

/** One conversation of the Live API. */
export class LiveSession {
  readonly #channel: LiveChannel;
  readonly #context: LiveContext;
  #setup: JsonObject | undefined;
  #history: unknown[] = [];
  #turns = 0;
  #heard = { chunks: 0, bytes: 0 };
  #pendingCalls: readonly string[] = [];
  /** Aborted when the user speaks into the answer that is being sent. */
  #answering: AbortController | undefined;

  constructor(channel: LiveChannel, context: LiveContext) {
    this.#channel = channel;
    this.#context = context;
  }

  /** Takes in one message of the client; never throws. */
  receive(message: unknown): void {
    try {
      this.#receive(toMessage(message));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the session with what went wrong as the reason. */
  fail(error: unknown): void {
    this.#answering?.abort();
    this.#channel.close(closingOf(error instanceof ApiError ? error : apiErrors.internal()));
  }

  #receive(message: JsonObject): void {
    const member = memberOf(message);
    if (member === undefined) throw apiErrors.invalidArgument();
    if ((member.name === 'setup') !== (this.#setup === undefined)) {
      const isLate = member.name === 'setup';
      throw apiErrors.invalidArgument(
        isLate ? 'setup may be sent only once.' : 'setup must be the first message and only the first.',
      );
    }
    if (member.name === 'setup') this.#begin(member.value);
    else if (member.name === 'clientContent') this.#takeTurns(member.value);
    else if (member.name === 'realtimeInput') this.#hear(member.value);
    else this.#takeToolResponse(member.value);
  }

  #begin(setup: JsonObject): void {
    requireModel(text(setup, 'model').replace(/^models\//, ''), this.#context.version, 'bidiGenerateContent');
    this.#setup = setup;
    this.#channel.send({ setupComplete: {} });
  }

  #takeTurns(clientContent: JsonObject): void {
    this.#interrupt();
    this.#history.push(...repeated(clientContent, 'turns'));
    if (field(clientContent, 'turnComplete') === true) this.#answer();
  }

  #hear(realtimeInput: JsonObject): void {
    const { media, words, isStart, isEnd } = parseRealtimeInput(realtimeInput);
    this.#heard = { chunks: this.#heard.chunks + media.chunks, bytes: this.#heard.bytes + media.bytes };
    if (isStart || words !== '') this.#interrupt();
    const said = words !== '' ? words : isEnd ? `I said ${this.#heard.chunks} chunks, ${this.#heard.bytes} bytes.` : '';
    if (said === '') return;
    if (isEnd && this.#wants('inputAudioTranscription')) this.#content({ inputTranscription: { text: said } });
    if (isEnd) this.#heard = { chunks: 0, bytes: 0 };
    this.#history.push({ role: 'user', parts: [{ text: said }] });
    this.#answer();
  }

  #takeToolResponse(toolResponse: JsonObject): void {
    const responses = repeated(toolResponse, 'functionResponses').map(toMessage);
    this.#pendingCalls = this.#pendingCalls.filter((id) => !responses.some((response) => response.id === id));
    this.#history.push({ role: 'user', parts: responses.map((functionResponse) => ({ functionResponse })) });
    if (this.#pendingCalls.length === 0) this.#answer();
  }

  #answer(): void {
    const generation = this.#generate();
    const answering = new AbortController();
    this.#answering = answering;
    void this.#send(generation, AbortSignal.any([answering.signal, this.#context.signal])).catch((error: unknown) => {
      if (!answering.signal.aborted && !this.#context.signal.aborted) this.fail(error);
    });
  }

  #generate(): Generation {
    const setup = this.#setup ?? {};
    const { account, behaviour, resources } = this.#context;
    const request = {
      contents: this.#history,
      systemInstruction: field(setup, 'systemInstruction'),
      tools: field(setup, 'tools'),
      generationConfig: field(setup, 'generationConfig'),
    };
    const model = text(setup, 'model').replace(/^(?:models\/)?/, 'models/');
    const prompt = withResources(parseGenerateRequest(request), { model, account, resources });
    return generate(prompt, model.slice('models/'.length), behaviour);
  }

  /** Nothing is awaited where no pauses are asked for, so that answers do not overlap. */
  async #send(generation: Generation, signal: AbortSignal): Promise<void> {
    const { chunkIntervalMs = 0 } = this.#context.behaviour;
    let sentCharacters = 0;
    for (const [index, piece] of generation.pieces.entries()) {
      if (index > 0 && chunkIntervalMs > 0) await this.#context.clock.sleep(chunkIntervalMs, signal);
      signal.throwIfAborted();
      sentCharacters += typeof piece === 'string' ? piece.length : 0;
      if (typeof piece === 'string') this.#sendText(piece);
      else this.#callTool(toMessage(piece.functionCall));
    }
    this.#answering = undefined;
    if (this.#pendingCalls.length > 0) return;
    this.#history.push({ role: 'model', parts: [{ text: generation.pieces.join('') }] });
    this.#content({ generationComplete: true });
    this.#channel.send({ serverContent: { turnComplete: true }, usageMetadata: liveUsage(usageOf(generation, sentCharacters)) });
    if (this.#wants('sessionResumption')) {
      this.#channel.send({ sessionResumptionUpdate: { newHandle: randomToken(HANDLE_LENGTH), resumable: true } });
    }
    this.#countTurn();
  }

  #sendText(piece: string): void {
    const modalities = repeated(toMessage(field(this.#setup ?? {}, 'generationConfig')), 'responseModalities');
    const audio = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: Buffer.from(piece).toString('base64') } };
    this.#content({ modelTurn: { parts: [modalities.includes('AUDIO') ? audio : { text: piece }] } });
    if (this.#wants('outputAudioTranscription')) this.#content({ outputTranscription: { text: piece } });
  }

  #callTool({ name, args }: JsonObject): void {
    const id = `function-call-${randomToken(16)}`;
    this.#pendingCalls = [...this.#pendingCalls, id];
    this.#channel.send({ toolCall: { functionCalls: [{ id, name, args }] } });
  }

  #interrupt(): void {
    if (this.#pendingCalls.length > 0) {
      this.#channel.send({ toolCallCancellation: { ids: this.#pendingCalls } });
      this.#pendingCalls = [];
    }
    if (this.#answering === undefined) return;
    this.#answering.abort();
    this.#answering = undefined;
    this.#content({ interrupted: true });
    this.#content({ turnComplete: true });
  }

  #countTurn(): void {
    const { goAwayAfterTurns, goAwayTimeLeftMs = DEFAULT_GO_AWAY_MS } = this.#context.limits;
    this.#turns += 1;
    if (this.#turns !== goAwayAfterTurns) return;
    this.#channel.send({ goAway: { timeLeft: `${goAwayTimeLeftMs / 1000}s` } });
    void this.#context.clock.sleep(goAwayTimeLeftMs, this.#context.signal).then(
      () => this.#channel.close({ code: GOING_AWAY, reason: 'The session has reached its end.' }),
      () => {},
    );
  }

  #content(serverContent: JsonObject): void {
    this.#channel.send({ serverContent });
  }

  #wants(feature: string): boolean {
    return field(this.#setup ?? {}, feature) !== undefined;
  }
}

/** Live calls the answer's tokens by another name. */
function liveUsage({ candidatesTokenCount, ...usage }: JsonObject): JsonObject {
  return { ...usage, responseTokenCount: candidatesTokenCount ?? 0 };
}
