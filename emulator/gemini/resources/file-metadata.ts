import { apiErrors } from '../errors.ts';
import { field, text, toMessage } from '../proto-json.ts';
import { requireValid } from '../require-valid.ts';

/** What a client says about a file when it creates it. */
export interface FileMetadata {
  /** The id that the client has chosen, without `files/`. */
  readonly id: string | undefined;
  readonly displayName: string | undefined;
  readonly mimeType: string | undefined;
}

const MAX_ID_LENGTH = 40;
const MAX_DISPLAY_NAME_LENGTH = 512;

/** Reads `{"file": {…}}`, or fails with the service's complaint. */
export function parseFileMetadata(body: unknown): FileMetadata {
  const file = toMessage(field(requireValid('files.create', body), 'file'));
  const name = text(file, 'name');
  const id = name.startsWith('files/') ? name.slice('files/'.length) : name;
  if (id.length > MAX_ID_LENGTH) {
    throw apiErrors.invalidArgument(
      `* CreateFileRequest.file.name: File name may not be longer than ${MAX_ID_LENGTH} characters.\n`,
    );
  }
  if (id !== '' && !/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(id)) {
    throw apiErrors.invalidArgument(
      '* CreateFileRequest.file.name: File name may only contain lowercase alphanumeric characters or dashes (-), and cannot begin or end with a dash.\n',
    );
  }
  const displayName = text(file, 'displayName');
  if (displayName.length > MAX_DISPLAY_NAME_LENGTH) {
    throw apiErrors.invalidArgument(
      `* CreateFileRequest.file.display_name: Display name may not be longer than ${MAX_DISPLAY_NAME_LENGTH} characters.\n`,
    );
  }
  return { id: id || undefined, displayName: displayName || undefined, mimeType: text(file, 'mimeType') || undefined };
}
