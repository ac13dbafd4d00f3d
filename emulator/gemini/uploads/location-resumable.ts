import { ApiError, apiErrors } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { emptyAnswer, errorAnswer, jsonAnswer, type UploadAnswer } from './upload-answers.ts';
import type { UploadSession } from './upload-session.ts';
import { requireDeclaredSize } from './upload-target.ts';

/** Bytes of every part but the last are a multiple of this in the older protocol. */
export const LOCATION_GRANULARITY_BYTES = 256 * 1024;

const CONTENT_RANGE = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/;

/** Answers one call of the older protocol, `uploadType=resumable` with `Content-Range`, on a session that exists. */
export async function serveRange(exchange: Exchange, session: UploadSession): Promise<UploadAnswer> {
  if (exchange.method === 'DELETE') {
    session.state = 'cancelled';
    return emptyAnswer({ id: session.id, state: 'cancelled', status: 499 });
  }
  const { id, end, state } = session;
  if (state === 'final') return jsonAnswer({ id, state, status: end.status }, end.value);
  if (session.state === 'cancelled') return refuse(session, new ApiError({ code: 410, message: 'Upload was cancelled.' }));
  const range = exchange.header('content-range');
  const [, first, last, total] = CONTENT_RANGE.exec(range ?? '') ?? [];
  if (range !== undefined && total === undefined)
    return refuse(session, apiErrors.invalidArgument('Invalid Content-Range header.'));
  const isQuery = range !== undefined && first === undefined && Number(total) !== session.committedBytes;
  if (isQuery) return incomplete(session);
  if (first !== undefined && Number(first) !== session.committedBytes) {
    return refuse(session, apiErrors.invalidArgument('Content-Range does not follow the bytes received.'));
  }
  if (session.isReceiving) return refuse(session, apiErrors.aborted('Another part of this upload is being received.'));
  const isFinal = total === undefined || (total !== '*' && (last === undefined || Number(last) === Number(total) - 1));
  try {
    const isWhole = await session.receive(exchange, (bytes) => isFinal || bytes % session.granularity === 0);
    if (!isWhole)
      return refuse(session, apiErrors.invalidArgument(`Chunk size must be a multiple of ${session.granularity} bytes.`));
    if (!isFinal) return incomplete(session);
    requireDeclaredSize(session.committedBytes, total === undefined ? session.declaredBytes : Number(total));
    return jsonAnswer({ id: session.id, state: 'final' }, session.finish());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.fail(error);
    return refuse(session, error);
  }
}

function incomplete({ id, committedBytes }: UploadSession): UploadAnswer {
  const headers = committedBytes === 0 ? {} : { range: `bytes=0-${committedBytes - 1}` };
  return emptyAnswer({ id, state: 'active', status: 308, headers });
}

function refuse({ id, state }: UploadSession, error: ApiError): UploadAnswer {
  return errorAnswer({ id, state }, error);
}
