/**
 * The sentences in which the gateway, and not the worker itself, says why a worker is as it is. Whoever shows them in another
 * language has a translation of each.
 */
export const gatewayReasons = {
  held: 'It is held back in the console.',
  suspended: 'Its connection broke; it has some seconds to come back.',
  asked: 'A user of the console asked for it.',
} as const;
