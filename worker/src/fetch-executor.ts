import { stripCredentialQuery } from '@gemini-proxy/gemini';
import { type HeaderList, type RequestHead, StreamError } from '@gemini-proxy/protocol';
import { collectBody } from './collect-body.ts';
import { FetchedBody } from './fetched-body.ts';
import { fromFetchHeaders, toFetchHeaders } from './headers.ts';
import { untilAborted } from './until-aborted.ts';
import type { Execute, RequestBody, RequestBodyStream } from './worker.ts';

export interface FetchExecutorOptions {
  /** Asked at each call: a hook may define `window.fetch` by a getter, or only later. */
  readonly fetch: () => typeof fetch;
  /** Origin of the upstream, with a path prefix if need be. */
  readonly baseUrl: string;
  /** Headers added to each request after the client's credentials are gone, such as an official key. Default: none. */
  readonly headers?: HeaderList;
  /** Sends request bodies as they come, where `fetch` can do so (Chromium over HTTP/2). Behind a hook that buffers anyway it only costs. Default: false. */
  readonly streamRequestBodies?: boolean;
}

/** Executes requests with a `fetch`, the page's hooked one in the main case. */
export function createFetchExecutor(options: FetchExecutorOptions): Execute {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const addedHeaders = options.headers ?? [];
  const streamRequestBodies = options.streamRequestBodies ?? false;

  return async (request, body, signal) => {
    const init = await toRequestInit(request, body, { addedHeaders, streamRequestBodies, signal });
    const url = baseUrl + stripCredentialQuery(request.path);
    const response = await untilAborted(called(options.fetch, url, init), signal, {
      discard: (late) => void late.body?.cancel().catch(ignore),
    });
    return {
      status: response.status,
      headers: fromFetchHeaders(response.headers),
      body: response.body === null ? undefined : new FetchedBody(response.body, signal),
    };
  };
}

type StreamingRequestInit = RequestInit & { duplex?: 'half' };

async function toRequestInit(
  request: RequestHead,
  body: RequestBody,
  options: { addedHeaders: HeaderList; streamRequestBodies: boolean; signal: AbortSignal },
): Promise<StreamingRequestInit> {
  // No `cache: 'no-store'`: each call would have a preflight of its own.
  const init: StreamingRequestInit = {
    method: request.method,
    headers: [...toFetchHeaders(request.headers), ...options.addedHeaders].map(toMutable),
    signal: options.signal,
  };
  if (body === undefined) return init;
  const pieces = body.takeIfComplete();
  if (pieces === undefined && options.streamRequestBodies) return { ...init, body: toReadableStream(body), duplex: 'half' };
  return { ...init, body: toBodyInit(pieces ?? (await collectBody(body, options.signal))) };
}

/** A Blob takes many pieces without joining them in this process. */
function toBodyInit(pieces: readonly Uint8Array<ArrayBuffer>[]): BodyInit {
  const [first, ...others] = pieces;
  return first !== undefined && others.length === 0 ? first : new Blob([...pieces]);
}

function toReadableStream(body: RequestBodyStream): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** An async function, for a hook may also throw. */
async function called(getFetch: () => typeof fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await getFetch()(url, init);
  } catch (error) {
    throw toStreamError(error);
  }
}

function toStreamError(error: unknown): StreamError {
  const message = `The call failed without an answer: ${error instanceof Error ? error.message : String(error)}`;
  return new StreamError('UPSTREAM_UNREACHABLE', message, { sentUpstream: true, cause: error });
}

function toMutable([name, value]: HeaderList[number]): [string, string] {
  return [name, value];
}

function ignore(): void {}
