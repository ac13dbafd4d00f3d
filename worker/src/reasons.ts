/** How an answer that refuses the probe is told; what to do follows. */
const refused = 'The test call was refused with {status}: {message}';

/**
 * Every sentence in which a worker says why it is as it is; `{places}` hold what differs. The gateway passes them on as they are,
 * so whoever shows them in another language has a translation of each.
 */
export const workerReasons = {
  unprobed: 'The test call has not been made yet.',
  answered: 'The test call was answered: requests can be executed.',
  exhausted: 'The test call was authorised, but quota is used up for now (429).',
  repeated: 'The test call was answered with {status}. It is repeated.',
  unanswered: 'The test call failed: no answer in time. It is repeated.',
  failed: 'The test call failed: {message} It is repeated.',
  heldBack:
    'Google AI Studio holds the test call back until you use the page: click here once. If that does not help, reload the AI Studio tab.',
  hookAbsent: `${refused} The fetch hook is absent: this page is open outside Google AI Studio, or its frame was reloaded. Open the app inside AI Studio.`,
  sessionRefused: `${refused} Check that you are signed in to Google AI Studio, then reload the AI Studio tab.`,
  pageRefused: `${refused} Reload the AI Studio tab.`,
  keyRefused: `${refused} Check the API key: whether it is valid, unrestricted, and its API enabled.`,
  urlWrong: `${refused} Check the upstream URL.`,
  paused: 'Paused by its user: it takes nothing new.',
  disconnected: 'The user disconnected.',
  fewer: 'Fewer connections are wanted.',
  drained: 'The user wants it.',
  renewed: 'The user wants a new session.',
} as const;

export type WorkerReason = keyof typeof workerReasons;

/** The sentence with its places filled in. */
export function toSentence(reason: WorkerReason, values: Readonly<Record<string, string | number>> = {}): string {
  return workerReasons[reason].replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
