import { errorInfo, type GoogleErrorBody, type GoogleErrorInput, retryInfo, toGoogleError } from '@gemini-proxy/gemini';

/** An error that the API answers with, in Google's words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly body: GoogleErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(input: GoogleErrorInput, headers: Readonly<Record<string, string>> = {}) {
    super(input.message);
    this.body = toGoogleError(input);
    this.headers = headers;
  }

  get code(): number {
    return this.body.error.code;
  }
}

const INVALID_KEY = 'API key not valid. Please pass a valid API key.';
const RATE_LIMITS_URL = 'https://ai.google.dev/gemini-api/docs/rate-limits';
const QUOTA_METRIC = 'generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count';

/** Every error that the emulator can answer with. */
export const apiErrors = {
  missingKey: () =>
    new ApiError({
      code: 403,
      message:
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    }),

  invalidKey: () =>
    new ApiError({
      code: 400,
      message: INVALID_KEY,
      details: [
        errorInfo({
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        }),
        { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message: INVALID_KEY },
      ],
    }),

  invalidToken: () =>
    new ApiError(
      {
        code: 401,
        message:
          'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
      },
      { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
    ),

  /** As Google's services say it whose methods act for a person. */
  keysNotSupported: () =>
    new ApiError({
      code: 401,
      message:
        'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal. See https://cloud.google.com/docs/authentication',
      details: [
        errorInfo({
          reason: 'CREDENTIALS_MISSING',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        }),
      ],
    }),

  unknownModel: (model: string, version: string, method: string) =>
    new ApiError({
      code: 404,
      message: `models/${model} is not found for API version ${version}, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
    }),

  notFound: () => new ApiError({ code: 404, message: 'Requested entity was not found.' }),

  alreadyExists: () => new ApiError({ code: 409, message: 'Requested entity already exists', status: 'ALREADY_EXISTS' }),

  noFile: (id: string) =>
    new ApiError({ code: 403, message: `You do not have permission to access the File ${id} or it may not exist.` }),

  fileNotActive: (id: string) =>
    new ApiError({
      code: 400,
      status: 'FAILED_PRECONDITION',
      message: `The File ${id} is not in an ACTIVE state and usage is not allowed.`,
    }),

  noCachedContent: () => new ApiError({ code: 403, message: 'CachedContent not found (or permission denied)' }),

  cacheTooSmall: (tokens: number, minTokens: number) =>
    new ApiError({
      code: 400,
      message: `Cached content is too small. total_token_count=${tokens}, min_total_token_count=${minTokens}`,
    }),

  cacheConflict: () =>
    new ApiError({
      code: 400,
      message:
        'CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.',
    }),

  failedPrecondition: (message: string) => new ApiError({ code: 400, status: 'FAILED_PRECONDITION', message }),

  aborted: (message: string) => new ApiError({ code: 409, status: 'ABORTED', message }),

  permissionDenied: () => new ApiError({ code: 403, message: 'The caller does not have permission' }),

  mediaTooLarge: (maxBytes: number) => new ApiError({ code: 413, message: `Media is too large. Limit: ${maxBytes}` }),

  invalidArgument: (message = 'Request contains an invalid argument.') => new ApiError({ code: 400, message }),

  unknownFields: (names: readonly string[]) => {
    const descriptions = names.map((name) => `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    const fieldViolations = descriptions.map((description) => ({ description }));
    return new ApiError({
      code: 400,
      message: descriptions.join('\n'),
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }],
    });
  },

  bodyTooLarge: (maxBytes: number) =>
    new ApiError({ code: 400, message: `Request payload size exceeds the limit: ${maxBytes} bytes.` }),

  quotaExceeded: (model: string) =>
    new ApiError({
      code: 429,
      message: `You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: ${RATE_LIMITS_URL}.\n* Quota exceeded for metric: ${QUOTA_METRIC}, limit: 10000\nPlease retry in 40.025771073s.`,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [
            {
              quotaMetric: QUOTA_METRIC,
              quotaId: 'GenerateContentPaidTierInputTokensPerModelPerMinute',
              quotaDimensions: { location: 'global', model },
              quotaValue: '10000',
            },
          ],
        },
        {
          '@type': 'type.googleapis.com/google.rpc.Help',
          links: [{ description: 'Learn more about Gemini API quotas', url: RATE_LIMITS_URL }],
        },
        retryInfo(40),
      ],
    }),

  internal: (detail?: string) =>
    new ApiError({
      code: 500,
      message:
        'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
      details: detail === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.DebugInfo', detail }],
    }),
} as const;

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Request contains an invalid argument.',
  404: 'Requested entity was not found.',
  499: 'The operation was cancelled.',
  503: 'The model is overloaded. Please try again later.',
  504: 'Deadline expired before operation could complete.',
};

/** The error that the service gives with a status, for faults that are asked for by number. */
export function apiErrorOfStatus(code: number, model: string | undefined): ApiError {
  if (code === 401) return apiErrors.invalidToken();
  if (code === 403) return apiErrors.missingKey();
  if (code === 429) return apiErrors.quotaExceeded(model ?? 'gemini-2.5-pro');
  if (code === 500) return apiErrors.internal();
  return new ApiError({ code, message: MESSAGES[code] ?? `The request failed with status ${code}.` });
}
