import { z } from 'zod';
import { contentSchema } from './content.ts';
import { oneof } from './oneof.ts';
import { schemaSchema } from './schema.ts';
import { toolConfigSchema, toolSchema } from './tools.ts';

const json = z.unknown();

const generationConfigSchema = z
  .looseObject({
    candidateCount: z.int(),
    stopSequences: z.array(z.string()),
    maxOutputTokens: z.int(),
    temperature: z.number(),
    topP: z.number(),
    topK: z.number(),
    seed: z.int(),
    responseMimeType: z.string(),
    responseSchema: schemaSchema,
    responseJsonSchema: json,
    presencePenalty: z.number(),
    frequencyPenalty: z.number(),
    responseLogprobs: z.boolean(),
    logprobs: z.int(),
    enableEnhancedCivicAnswers: z.boolean(),
    responseModalities: z.array(z.string()),
    responseFormat: json,
    speechConfig: json,
    thinkingConfig: z.looseObject({ includeThoughts: z.boolean(), thinkingBudget: z.int(), thinkingLevel: z.string() }).partial(),
    imageConfig: json,
    mediaResolution: z.string(),
    audioTranscriptionConfig: json,
    audioTimestamp: z.boolean(),
    routingConfig: json,
    modelSelectionConfig: json,
    enableAffectiveDialog: z.boolean(),
  })
  .partial();

const safetySettingSchema = z.looseObject({ category: z.string(), threshold: z.string(), method: z.string() }).partial();

/** What a request and a content to be cached have in common. */
const promptFields = {
  model: z.string(),
  systemInstruction: contentSchema,
  contents: z.array(contentSchema),
  tools: z.array(toolSchema),
  toolConfig: toolConfigSchema,
};

export const generateContentRequestSchema = z
  .looseObject({
    ...promptFields,
    safetySettings: z.array(safetySettingSchema),
    generationConfig: generationConfigSchema,
    cachedContent: z.string(),
    serviceTier: z.string(),
    labels: z.record(z.string(), z.string()),
    continuationToken: z.string(),
    store: z.boolean(),
  })
  .partial();

export const countTokensRequestSchema = z
  .looseObject({
    ...promptFields,
    generateContentRequest: generateContentRequestSchema,
    generationConfig: generationConfigSchema,
  })
  .partial();

export const embedContentRequestSchema = z
  .looseObject({
    model: z.string(),
    content: contentSchema,
    taskType: z.string(),
    title: z.string(),
    outputDimensionality: z.int(),
    embedContentConfig: json,
  })
  .partial();

export const batchEmbedContentsRequestSchema = z.looseObject({ requests: z.array(embedContentRequestSchema) }).partial();

export const cachedContentSchema = oneof(
  z
    .looseObject({
      ...promptFields,
      name: z.string(),
      displayName: z.string(),
      ttl: z.string(),
      expireTime: z.string(),
      createTime: z.string(),
      updateTime: z.string(),
      usageMetadata: json,
    })
    .partial(),
  { name: 'expiration', message: 'cached_content', fields: ['ttl', 'expireTime'] },
);

export const createFileRequestSchema = z
  .looseObject({
    file: z
      .looseObject({
        name: z.string(),
        displayName: z.string(),
        mimeType: z.string(),
        sizeBytes: z.int(),
        createTime: z.string(),
        updateTime: z.string(),
        expirationTime: z.string(),
        sha256Hash: z.string(),
        uri: z.string(),
        downloadUri: z.string(),
        state: z.string(),
        source: z.string(),
        error: json,
        videoMetadata: json,
      })
      .partial(),
  })
  .partial();
