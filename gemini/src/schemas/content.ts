import { z } from 'zod';
import { oneof } from './oneof.ts';

/** Bytes as base64 text. */
const bytes = z.string();
/** A Struct or Value: anything goes. */
const json = z.unknown();
const duration = z.string();

const blobSchema = z.looseObject({ mimeType: z.string(), data: bytes, displayName: z.string() }).partial();

const fileDataSchema = z.looseObject({ mimeType: z.string(), fileUri: z.string(), displayName: z.string() }).partial();

const functionResponsePartSchema = z.looseObject({ inlineData: blobSchema, fileData: fileDataSchema }).partial();

/** One piece of a content; exactly one of its data fields is set. */
const partSchema = oneof(
  z
    .looseObject({
      text: z.string(),
      inlineData: blobSchema,
      fileData: fileDataSchema,
      functionCall: z
        .looseObject({ id: z.string(), name: z.string(), args: json, partialArgs: json, willContinue: z.boolean() })
        .partial(),
      functionResponse: z
        .looseObject({
          id: z.string(),
          name: z.string(),
          response: json,
          parts: z.array(functionResponsePartSchema),
          willContinue: z.boolean(),
          scheduling: z.string(),
        })
        .partial(),
      executableCode: z.looseObject({ id: z.string(), language: z.string(), code: z.string() }).partial(),
      codeExecutionResult: z.looseObject({ id: z.string(), outcome: z.string(), output: z.string() }).partial(),
      toolCall: json,
      toolResponse: json,
      thought: z.boolean(),
      thoughtSignature: bytes,
      videoMetadata: z.looseObject({ startOffset: duration, endOffset: duration, fps: z.number() }).partial(),
      mediaResolution: json,
      partMetadata: json,
    })
    .partial(),
  {
    name: 'data',
    message: 'part',
    fields: ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse', 'executableCode', 'codeExecutionResult'],
  },
);

export const contentSchema = z.looseObject({ role: z.string(), parts: z.array(partSchema) }).partial();
