import { type GoogleErrorBody, toGoogleError } from '@gemini-proxy/gemini';

/** An error of the service's own, as the SDK reported it. */
export interface ServiceError {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The status and body of the service's answer within an error of the SDK's (`ApiError`), which carries the body as JSON in its
 * message. `undefined`: not the service's.
 */
export function findServiceError(error: unknown): ServiceError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const { status, message } = error;
  const body = readJson(message.slice(Math.max(0, message.indexOf('{'))));
  return { status, body: withinText(body) ?? body ?? toGoogleError({ code: status, message }) };
}

/** The SDK takes only `application/json` for JSON; other bodies become the text of an error that it makes itself. */
function withinText(body: unknown): unknown {
  return isErrorBody(body) ? readErrorBody(body.error.message) : undefined;
}

function readErrorBody(text: string): unknown {
  const value = readJson(text);
  const [first] = Array.isArray(value) ? value : [value];
  return isErrorBody(first) ? first : undefined;
}

function isErrorBody(value: unknown): value is GoogleErrorBody {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  const { error } = value;
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
