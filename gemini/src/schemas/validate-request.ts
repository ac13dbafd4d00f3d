import type { z } from 'zod';
import { type GoogleErrorBody, toGoogleError } from '../google-error.ts';
import type { OperationName } from '../operation.ts';
import { type FieldViolation, fieldViolationsOf } from './field-violations.ts';
import {
  batchEmbedContentsRequestSchema,
  cachedContentSchema,
  countTokensRequestSchema,
  createFileRequestSchema,
  embedContentRequestSchema,
  generateContentRequestSchema,
} from './requests.ts';

/** What becomes of fields that the schemas do not know. The service is ahead of any schema, so that they pass by default. */
export interface ValidationOptions {
  readonly unknownFields?: 'pass' | 'list';
}

const SCHEMAS: Partial<Record<OperationName, z.ZodType>> = {
  'models.generateContent': generateContentRequestSchema,
  'models.streamGenerateContent': generateContentRequestSchema,
  'models.countTokens': countTokensRequestSchema,
  'models.embedContent': embedContentRequestSchema,
  'models.batchEmbedContents': batchEmbedContentsRequestSchema,
  'cachedContents.create': cachedContentSchema,
  'cachedContents.patch': cachedContentSchema,
  'files.create': createFileRequestSchema,
  'media.upload': createFileRequestSchema,
};

/** Tells whether there is a schema for an operation's request. */
export function hasRequestSchema(operation: OperationName): boolean {
  return SCHEMAS[operation] !== undefined;
}

/** Says what is wrong with a request's parsed body, in the service's words; nothing for operations without a schema. */
export function validateRequest(
  operation: OperationName,
  body: unknown,
  { unknownFields = 'pass' }: ValidationOptions = {},
): readonly FieldViolation[] {
  const schema = SCHEMAS[operation];
  if (schema === undefined) return [];
  const violations = [...fieldViolationsOf(schema, body ?? {}), ...missingIn(operation, body)];
  return unknownFields === 'list' ? violations : violations.filter(({ kind }) => kind !== 'unknown-field');
}

/** The error that the service answers with. */
export function toBadRequest(violations: readonly FieldViolation[]): GoogleErrorBody {
  const message = violations.map(({ description }) => description).join('\n');
  if (violations.every(({ kind }) => kind === 'missing')) return toGoogleError({ code: 400, message });
  const fieldViolations = violations.map(({ field, description }) =>
    field === undefined ? { description } : { field, description },
  );
  return toGoogleError({
    code: 400,
    message,
    details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }],
  });
}

function missingIn(operation: OperationName, body: unknown): readonly FieldViolation[] {
  if (operation !== 'models.generateContent' && operation !== 'models.streamGenerateContent') return [];
  const contents: unknown = typeof body === 'object' && body !== null && 'contents' in body ? body.contents : undefined;
  const isEmpty = contents === undefined || contents === null || (Array.isArray(contents) && contents.length === 0);
  const description = '* GenerateContentRequest.contents: contents is not specified\n';
  return isEmpty ? [{ kind: 'missing', field: 'contents', description }] : [];
}
