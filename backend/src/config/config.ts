/** The gateway's configuration, validated; every member is set. docs/configuration.md is made from the schema beside it. */
export interface Config {
  /** Address to bind; loopback unless changed. */
  readonly host: string;
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** Folder of the client key, the worker token, the store and the spool of uploads, created with mode 0700. */
  readonly dataFolder: string;
  /** Host names, besides localhost and IP addresses, that clients may use in the Host header. */
  readonly allowedHosts: readonly string[];
  /** Path of the certificate chain, PEM; `undefined`: plain HTTP. */
  readonly tlsCert: string | undefined;
  /** Path of the certificate's private key, PEM. */
  readonly tlsKey: string | undefined;
  /** Origins from which a worker page may connect; `*` within a name stands for one or more characters, `null` for a sandboxed frame. */
  readonly workerOrigins: readonly string[];
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** What becomes of requests that do not fit the Gemini API: not looked at, noted, or refused. */
  readonly validate: 'off' | 'warn' | 'reject';
  /** Disk space for uploads under way, bytes. */
  readonly maxSpoolBytes: number;
  /** Whether files stay in the spool when they are sent, so that another account can have them while their owner is offline. */
  readonly reuploadOfflineFiles: boolean;
  /** Milliseconds after which an upload that nobody goes on with is forgotten. */
  readonly uploadAgeMs: number;
  /** Milliseconds from the request's last byte to the answer's head. */
  readonly firstByteTimeoutMs: number;
  /** Milliseconds of silence allowed within an answer. */
  readonly idleTimeoutMs: number;
  /** Milliseconds that a live session may be without a message in either direction. */
  readonly liveIdleTimeoutMs: number;
  /** Milliseconds of silence allowed within a request body. */
  readonly requestTimeoutMs: number;
  /** Credit of a stream in each direction, bytes. */
  readonly windowBytes: number;
  /** Interval of protocol pings. */
  readonly pingIntervalMs: number;
  /** Milliseconds that a worker whose socket broke may take to come back to its requests; 0: none. */
  readonly sessionGraceMs: number;
  /** Slots used of a worker at most, whatever it offers. */
  readonly maxSlotsPerWorker: number;
  /** Worker connections at most. */
  readonly maxWorkers: number;
  /** How the worker of a request is chosen. */
  readonly balance: 'round-robin' | 'least-in-flight';
  /** Requests that may wait for a worker at once. */
  readonly queueLimit: number;
  /** Milliseconds that a request waits for a free slot at most. */
  readonly queueTimeoutMs: number;
  /** Milliseconds that requests wait while no worker is ready, counted from when one was. */
  readonly workerWaitMs: number;
  /** Tries of a request at most, the first one included. */
  readonly maxAttempts: number;
  /** Which calls are tried again that a worker has already sent upstream, without an answer. */
  readonly retrySent: 'repeatable' | 'all';
  /** Milliseconds that an unanswered request waits for a worker that has lost its connection, before another one gets it. */
  readonly failoverWaitMs: number;
  /** Memory for request bodies that may have to be sent again, bytes. */
  readonly replayMemoryBytes: number;
  /** Disk space for what of them does not fit into memory, bytes. */
  readonly replayDiskBytes: number;
  /** Milliseconds that running requests get to finish at shutdown. */
  readonly shutdownTimeoutMs: number;
  /** Official API key of the keyed worker; `undefined`: no keyed worker. */
  readonly apiKey: string | undefined;
  /** Where the keyed worker sends its calls. */
  readonly upstreamUrl: string;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** Path of the WebSocket endpoint for workers. */
export const workerPath = '/worker';
