const mebibyte = 1024 * 1024;

/** Bytes of a chunk that is not the last are a multiple of this, in the two protocols. */
export const granularityBytes = { command: 8 * mebibyte, range: 256 * 1024 } as const;

/** What the Gemini API takes as a file. */
export const maxFileBytes = 2048 * mebibyte;
/** What it takes into a file search store. */
export const maxStoreFileBytes = 100 * mebibyte;
/** Bytes of a chunk on the way to the Gemini API: a worker in a page holds one in memory. */
export const sentChunkBytes = 8 * mebibyte;
/** Largest file that goes in one request, where the upstream's upload address does not come through. */
export const maxWholeFileBytes = 100 * mebibyte;
/** Bytes of a start's metadata. */
export const maxMetadataBytes = 64 * 1024;
/** Bytes of an answer from the upload server. */
export const maxAnswerBytes = mebibyte;
