/** The bytes of the benchmark, known to the upstream and to the load generators, so that each can check what it got. */
const encoder = new TextEncoder();

const requestBytes = 500;
const answerBytes = 1536;

/** Body of every request: 500 bytes of JSON. */
export const requestBody = encoder.encode(
  padded((text) => JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] }), requestBytes),
);

/** Body of every unary answer: 1.5 kB of JSON, as the API prints it. */
export const unaryAnswer = encoder.encode(
  padded(
    (text) =>
      `${JSON.stringify(
        {
          candidates: [{ content: { parts: [{ text }], role: 'model' }, finishReason: 'STOP', index: 0 }],
          usageMetadata: { promptTokenCount: 120, candidatesTokenCount: 330, totalTokenCount: 450 },
          modelVersion: 'bench',
          responseId: 'GGGGGGGGGGGGGGGG',
        },
        null,
        2,
      )}\n`,
    answerBytes,
  ),
);

/** One event of a stream, of exactly `chunkBytes`; it carries its number and the time of its sending on the shared clock. */
export function streamEvent(number: number, sentAtMs: number, variant: number, chunkBytes: number): Uint8Array {
  const stamp = { n: number, v: variant, t: Number(sentAtMs.toFixed(3)) };
  return encoder.encode(
    padded(
      (text) =>
        `data: ${JSON.stringify({ bench: stamp, candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }] })}\r\n\r\n`,
      chunkBytes,
    ),
  );
}

/** Last event of a stream: what has been sent before it. Its length is always `trailerBytes`. */
export function streamTrailer(sha256Hex: string): Uint8Array {
  return encoder.encode(`data: {"sha256":"${sha256Hex}"}\r\n\r\n`);
}

export const trailerBytes = streamTrailer('0'.repeat(64)).length;

/** Milliseconds since the epoch, finer than `Date.now()`, and the same in all processes of the machine. */
export function sharedClockMs(): number {
  return performance.timeOrigin + performance.now();
}

function padded(format: (text: string) => string, bytes: number): string {
  const filler = 'All work and no play makes a dull benchmark. ';
  const missing = bytes - format('').length;
  if (missing < 0) throw new RangeError(`${bytes} bytes are too few for an event`);
  return format(filler.repeat(Math.ceil(missing / filler.length)).slice(0, missing));
}
