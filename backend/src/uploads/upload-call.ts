import type { HeaderList } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';

/** A client's request about an upload; http makes it. */
export interface UploadCall {
  readonly method: string;
  /** Path with query, without credentials. */
  readonly path: string;
  /** End-to-end headers without credentials. */
  readonly headers: HeaderList;
  /** Bytes of the body where the client says so, `undefined` when it comes in chunks. */
  readonly bodyLength: number | undefined;
  /** Read at most once. Ends with an error when the client breaks off. */
  readonly body: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Where the client reached the gateway, without a slash at the end. */
  readonly publicUrl: string;
}

export interface UploadAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Why the gateway answers for itself, for the log. */
  readonly failure?: GatewayError | undefined;
}
