import { GatewayError } from '../errors.ts';

/** The error for what Node's parser gave up on, by the code of its own error. */
export function toBrokenRequest(code: string): GatewayError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new GatewayError('REQUEST_TIMEOUT', 'The head of the request did not arrive in time.');
  if (code === 'HPE_HEADER_OVERFLOW') return new GatewayError('MALFORMED_REQUEST', 'The head of the request is too large.');
  return new GatewayError('MALFORMED_REQUEST', `The request is not valid HTTP (${code}).`);
}
