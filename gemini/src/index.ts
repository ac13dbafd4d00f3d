export type { ClientName, ClientSettings, ClientTarget, SettingsText } from './client-settings.ts';
export { CLIENT_NAMES, clientSettings } from './client-settings.ts';
export type { CredentialSource, HeaderPair } from './credentials.ts';
export {
  CREDENTIAL_HEADERS,
  CREDENTIAL_QUERY_PARAMETERS,
  findClientKey,
  stripCredentialHeaders,
  stripCredentialQuery,
} from './credentials.ts';
export type { LocatedName } from './find-resource-names.ts';
export { findResourceNames, locateResourceNames } from './find-resource-names.ts';
export type { ErrorInfoInput, GoogleErrorBody, GoogleErrorDetail, GoogleErrorInput, GrpcStatus } from './google-error.ts';
export { errorInfo, HTTP_CODE_OF_STATUS, retryInfo, statusOfHttpCode, toGoogleError } from './google-error.ts';
export { formatLineJson, formatPrettyJson, formatSseEvent, JSON_ARRAY_FRAMING } from './json-format.ts';
export { MAX_LENIENT_JSON_DEPTH, MalformedJsonError, parseLenientJson } from './lenient-json.ts';
export { normalizePath } from './normalize-path.ts';
export type { Operation, OperationName } from './operation.ts';
export { OPERATION_NAMES, parseOperation } from './operation.ts';
export { isRepeatable } from './repeatable.ts';
export type { OwnedCollection, ResourceName } from './resource-name.ts';
export { createdResourceName, OWNED_COLLECTIONS, parseResourceName, resourceNameOfPath } from './resource-name.ts';
export type { FieldViolation } from './schemas/field-violations.ts';
export type { ValidationOptions } from './schemas/validate-request.ts';
export { hasRequestSchema, toBadRequest, validateRequest } from './schemas/validate-request.ts';
export { changeUploadMetadata, withMimeType, withoutName } from './upload-metadata.ts';
