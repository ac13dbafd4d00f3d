/** How a link treats what it carries. All can change while connections are open. */
export interface LinkFaults {
  /** Milliseconds that every byte is late, in each direction. Order is kept, also when it changes. */
  readonly delayMs: number;
  /** Bytes a second at most, in each direction of each connection; 0 holds all back until it changes; `null`: no limit. */
  readonly bytesPerSecond: number | null;
}

/** What becomes of a connection that is opened: carried, reset at once, or taken and never answered. */
export type Welcome = 'carried' | 'refused' | 'ignored';

/** Where bytes go: `to-target` is what the client says. */
export type Direction = 'to-target' | 'to-client';

export const noFaults: LinkFaults = { delayMs: 0, bytesPerSecond: null };
