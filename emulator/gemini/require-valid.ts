import { type OperationName, toBadRequest, validateRequest } from '@gemini-proxy/gemini';
import { ApiError } from './errors.ts';
import { isJsonObject, type JsonObject } from './proto-json.ts';

/** Takes a body as the message that an operation wants, or fails with the service's complaints, unknown fields among them. */
export function requireValid(operation: OperationName, body: unknown): JsonObject {
  const message = body ?? {};
  const violations = validateRequest(operation, message, { unknownFields: 'list' }).filter(({ kind }) => kind !== 'missing');
  if (violations.length > 0 || !isJsonObject(message)) throw new ApiError(toBadRequest(violations).error);
  return message;
}
