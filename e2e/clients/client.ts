/** Where a client is pointed: nothing but the base URL and the key tells the gateway from the real service. */
export interface Target {
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** What a call gave, in terms that every client can report. */
export interface Answer {
  readonly text: string;
  readonly functionCalls: readonly { readonly name: string; readonly arguments: unknown }[];
}

/** A scenario that each client runs in its own way. */
export interface Call {
  readonly prompt: string;
  readonly streamed: boolean;
  readonly systemInstruction?: string;
  readonly image?: { readonly mimeType: string; readonly base64: string };
  /** JSON schema of the only function offered, named `book_table`. */
  readonly functionParameters?: Record<string, unknown>;
  /** JSON schema that the answer must satisfy. */
  readonly answerSchema?: Record<string, unknown>;
}

/** An unmodified Gemini client. */
export interface Client {
  readonly name: string;
  call(target: Target, call: Call): Promise<Answer>;
}

export const model = 'gemini-2.5-flash';
