/** What is used of `@google/genai`'s client. The SDK's own `GoogleGenAI` fits; this package does not depend on it. */
export interface GenaiClient {
  readonly models: {
    generateContent(parameters: GenaiModelParameters): Promise<object>;
    generateContentStream(parameters: GenaiModelParameters): Promise<AsyncIterable<object>>;
    countTokens(parameters: GenaiModelParameters): Promise<object>;
    embedContent(parameters: GenaiModelParameters): Promise<object>;
    list(parameters: { config?: GenaiConfig }): Promise<GenaiPage>;
    get(parameters: { model: string; config?: GenaiConfig }): Promise<object>;
  };
  readonly files: {
    list(parameters: { config?: GenaiConfig }): Promise<GenaiPage>;
    get(parameters: GenaiNameParameters): Promise<object>;
    delete(parameters: GenaiNameParameters): Promise<object>;
    upload(parameters: { file: Blob; config?: GenaiConfig & { mimeType?: string } }): Promise<object>;
  };
  readonly caches: {
    create(parameters: { model: string; config?: GenaiConfig }): Promise<object>;
    list(parameters: { config?: GenaiConfig }): Promise<GenaiPage>;
    get(parameters: GenaiNameParameters): Promise<object>;
    update(parameters: GenaiNameParameters): Promise<object>;
    delete(parameters: GenaiNameParameters): Promise<object>;
  };
}

export interface GenaiModelParameters {
  model: string;
  /** As the client sent them; the service judges. */
  contents: unknown;
  config?: GenaiConfig;
}

export interface GenaiNameParameters {
  name: string;
  config?: GenaiConfig;
}

/** Options of one call. */
export interface GenaiConfig {
  httpOptions?: {
    apiVersion?: string;
    /** Laid over the body that the SDK makes: so unknown fields and the client's own spelling of known ones arrive. */
    extraBody?: Record<string, unknown>;
  };
  abortSignal?: AbortSignal;
  pageSize?: number;
  pageToken?: string;
  /** The SDK would go on by itself with a stream that broke; that is the client's to decide. */
  automaticContinuation?: boolean;
}

export interface GenaiPage {
  readonly page: readonly object[];
  readonly params: { readonly config?: { readonly pageToken?: string } };
}
