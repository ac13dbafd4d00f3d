import type { Behaviour } from './behaviour.ts';
import type { Resources } from './resources/resources.ts';

/** An API call, free of HTTP. */
export interface Call {
  /** Whose call it is. */
  readonly account: string;
  readonly resources: Resources;
  /** The id of the resource that the path names: `abc` for `files/abc`. */
  readonly resourceId: string;
  /** The path without version, verb and query: `fileSearchStores/s/documents/d`. */
  readonly target: string;
  readonly version: string;
  readonly model: string | undefined;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly behaviour: Behaviour;
}

export type Answer =
  | { readonly kind: 'whole'; readonly value: unknown }
  | { readonly kind: 'stream'; readonly chunks: Iterable<unknown> }
  | { readonly kind: 'bytes'; readonly contentType: string; readonly body: Uint8Array };

export interface Route {
  readonly isGeneration: boolean;
  readonly answer: (call: Call) => Answer;
}

export function whole(value: unknown): Answer {
  return { kind: 'whole', value };
}
