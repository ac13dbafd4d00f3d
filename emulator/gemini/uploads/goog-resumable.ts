import { ApiError, apiErrors } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { emptyAnswer, errorAnswer, jsonAnswer, type UploadAnswer } from './upload-answers.ts';
import type { UploadSession } from './upload-session.ts';
import { requireDeclaredSize } from './upload-target.ts';

/** Bytes of every part but the last are a multiple of this. */
export const CHUNK_GRANULARITY_BYTES = 8 * 1024 * 1024;

/** Answers one call of the `x-goog-upload-command` protocol on a session that exists. */
export async function serveCommand(exchange: Exchange, session: UploadSession): Promise<UploadAnswer> {
  const commands = (exchange.header('x-goog-upload-command') ?? '').split(',').map((word) => word.trim().toLowerCase());
  const [first] = commands;
  if (commands.length === 1 && first === 'query') return stateOf(session);
  if (commands.length === 1 && first === 'cancel') return cancel(session);
  const isFinal = commands.at(-1) === 'finalize';
  const isKnown =
    commands.every((command, index) => command === (['upload', 'finalize'][index] ?? '')) || (isFinal && commands.length === 1);
  if (!isKnown) return refuse(session, apiErrors.invalidArgument('Invalid X-Goog-Upload-Command header.'));
  if (session.state === 'final' && isFinal) {
    // Whoever ends an upload twice has not got its answer the first time.
    await exchange.consumeBody(() => {});
    return endOf(session);
  }
  if (session.state !== 'active') return refuse(session, apiErrors.invalidArgument('Upload has already been terminated.'));
  if (session.isReceiving) return refuse(session, apiErrors.aborted('Another part of this upload is being received.'));
  return upload(exchange, session, isFinal);
}

async function upload(exchange: Exchange, session: UploadSession, isFinal: boolean): Promise<UploadAnswer> {
  const offsetText = exchange.header('x-goog-upload-offset');
  if (offsetText === undefined || !/^\d{1,15}$/.test(offsetText)) {
    return refuse(session, apiErrors.invalidArgument('Missing or invalid X-Goog-Upload-Offset header.'));
  }
  if (Number(offsetText) !== session.committedBytes) {
    const complaint = `Upload offset ${offsetText} does not match the ${session.committedBytes} bytes received.`;
    return refuse(session, apiErrors.invalidArgument(complaint));
  }
  try {
    const isWhole = await session.receive(exchange, (bytes) => isFinal || bytes % session.granularity === 0);
    if (!isWhole) {
      return refuse(session, apiErrors.invalidArgument(`Chunk size must be a multiple of ${session.granularity} bytes.`));
    }
    if (!isFinal) return emptyAnswer({ id: session.id, state: 'active' });
    requireDeclaredSize(session.committedBytes, session.declaredBytes);
    return jsonAnswer({ id: session.id, state: 'final' }, session.finish());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.fail(error);
    return refuse(session, error);
  }
}

function stateOf(session: UploadSession): UploadAnswer {
  const { id, state, committedBytes } = session;
  const headers = { 'x-goog-upload-size-received': committedBytes };
  return state === 'final' ? endOf(session, headers) : emptyAnswer({ id, state, headers });
}

function endOf({ id, end: { status, value } }: UploadSession, headers: UploadAnswer['headers'] = {}): UploadAnswer {
  return jsonAnswer({ id, state: 'final', status, headers }, value);
}

function cancel(session: UploadSession): UploadAnswer {
  if (session.state === 'final') return refuse(session, apiErrors.invalidArgument('Upload has already been terminated.'));
  session.state = 'cancelled';
  return emptyAnswer({ id: session.id, state: session.state });
}

function refuse(session: UploadSession, error: ApiError): UploadAnswer {
  const headers = { 'x-goog-upload-size-received': session.committedBytes };
  return errorAnswer({ id: session.id, state: session.state, headers }, error);
}
