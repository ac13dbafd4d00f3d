import { z } from 'zod';
import type { Config } from './config.ts';
import { choice, duration, httpUrl, list, matchingText, onOff, optionalText, size, wholeNumber } from './values.ts';

/** What a setting is called outside, and what people are told about it. */
export interface SettingFacts {
  /** Words of its name: `first-byte-timeout` is the flag, and gives the variable and the member of the file. */
  readonly name: string;
  /** Stands for the value in the help text. */
  readonly placeholder: string;
  readonly description: string;
  /** What stands for a default that is not a plain value. */
  readonly defaultText?: string;
  /** What a number without a unit counts. */
  readonly unit?: 'bytes' | 'milliseconds';
  /** A further variable that is read when the setting's own is not set. */
  readonly alsoReadsVariable?: string;
  /** Its value is never shown. */
  readonly isSecret?: true;
}

/** Every variable that begins with this is the gateway's. */
export const variablePrefix = 'GEMINI_PROXY_';

const facts = z.registry<SettingFacts>();

/** A day: well within the 24.8 days that a timer of the platform can hold. */
const longestMs = 24 * 60 * 60 * 1000;

const defaultWorkerOrigins = 'https://aistudio.google.com,https://*.usercontent.goog,https://*.run.app,https://*.ai.studio,null';

/** The only source of every setting: validation, default, names, help text and docs/configuration.md come from it. */
export const configSchema = z.object({
  host: matchingText('a host name or an IP address', /^[A-Za-z0-9._:%-]{1,255}$/)
    .prefault('127.0.0.1')
    .register(facts, {
      name: 'host',
      placeholder: '<address>',
      description:
        'Address to listen on. Anything but a loopback address lets other machines in, over plain HTTP unless --tls-cert is set.',
    }),
  port: wholeNumber({ min: 0, max: 65535 }).prefault('8787').register(facts, {
    name: 'port',
    placeholder: '<number>',
    description: 'TCP port to listen on; 0 lets the system choose one.',
  }),
  dataFolder: matchingText('the path of a folder', /^[^\0]+$/).register(facts, {
    name: 'data-folder',
    placeholder: '<path>',
    description:
      'Folder of the client key, the worker token, config.json, the store and files being uploaded. Created with mode 0700.',
    defaultText: "gemini-proxy in the user's data folder",
  }),
  allowedHosts: list('host names without a port', /^[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?$/)
    .prefault('')
    .register(facts, {
      name: 'allowed-hosts',
      placeholder: '<names>',
      description: 'Host names, besides localhost and IP addresses, that clients may use in the Host header.',
      defaultText: 'none',
    }),
  tlsCert: optionalText('the path of a file', /^[^\0]+$/)
    .prefault('')
    .register(facts, {
      name: 'tls-cert',
      placeholder: '<path>',
      description:
        'PEM file with the certificate (and those above it) for HTTPS and wss://, in place of plain HTTP. Its host names may be used in the Host header. Needs --tls-key.',
      defaultText: 'none',
    }),
  tlsKey: optionalText('the path of a file', /^[^\0]+$/)
    .prefault('')
    .register(facts, {
      name: 'tls-key',
      placeholder: '<path>',
      description: 'PEM file with the private key of --tls-cert, without a passphrase.',
      defaultText: 'none',
    }),
  workerOrigins: list('origins such as https://*.example.com, or null', /^(null|[a-z][a-z0-9+.-]*:\/\/[a-z0-9*._-]+(:\d{1,5})?)$/)
    .prefault(defaultWorkerOrigins)
    .register(facts, {
      name: 'worker-origins',
      placeholder: '<origins>',
      description:
        'Web origins from which a worker page may connect, in place of the default ones. * stands for one or more characters of the host name, null for a sandboxed frame. Loopback origins may always connect.',
    }),
  maxBodyBytes: size({ min: 1024, max: 1024 ** 4 })
    .prefault('100MiB')
    .register(facts, {
      name: 'max-body',
      placeholder: '<size>',
      description: 'Largest request body. Files that are uploaded may be as large as the Gemini API takes them.',
      unit: 'bytes',
    }),
  validate: choice(['off', 'warn', 'reject']).prefault('off').register(facts, {
    name: 'validate',
    placeholder: '<mode>',
    description:
      'Whether the bodies of generate, count, embed, file and cache requests are checked before they go out: off; warn logs what does not fit; reject answers 400 without using a worker. Bodies over 4 MiB and compressed ones pass unseen.',
  }),
  maxSpoolBytes: size({ min: 1024 ** 2, max: 1024 ** 4 })
    .prefault('8GiB')
    .register(facts, {
      name: 'max-spool',
      placeholder: '<size>',
      description: 'Disk space in the data folder for files on their way to the Gemini API, and for files that are kept.',
      unit: 'bytes',
    }),
  reuploadOfflineFiles: onOff().prefault('off').register(facts, {
    name: 'reupload-offline-files',
    placeholder: '[on|off]',
    description:
      "Keeps the files that were sent, as far as --max-spool allows. A request that names one whose account has no ready worker gets it uploaded again through another account's worker, and the copy's name in place of the file's.",
  }),
  uploadAgeMs: duration({ min: 1000, max: longestMs }).prefault('24h').register(facts, {
    name: 'upload-age',
    placeholder: '<duration>',
    description: 'Time after which an upload that its client does not go on with is forgotten.',
    unit: 'milliseconds',
  }),
  firstByteTimeoutMs: duration({ min: 1, max: longestMs }).prefault('10m').register(facts, {
    name: 'first-byte-timeout',
    placeholder: '<duration>',
    description: "Longest wait from the request's last byte to the start of the answer. Thinking models take minutes.",
    unit: 'milliseconds',
  }),
  idleTimeoutMs: duration({ min: 1, max: longestMs }).prefault('5m').register(facts, {
    name: 'idle-timeout',
    placeholder: '<duration>',
    description: 'Longest silence within an answer.',
    unit: 'milliseconds',
  }),
  liveIdleTimeoutMs: duration({ min: 1, max: longestMs }).prefault('30m').register(facts, {
    name: 'live-idle-timeout',
    placeholder: '<duration>',
    description: 'Longest time without a message in either direction on a WebSocket of the Live API.',
    unit: 'milliseconds',
  }),
  requestTimeoutMs: duration({ min: 1, max: longestMs }).prefault('60s').register(facts, {
    name: 'request-timeout',
    placeholder: '<duration>',
    description: 'Longest silence within a request body.',
    unit: 'milliseconds',
  }),
  windowBytes: size({ min: 1024, max: 64 * 1024 ** 2 })
    .prefault('256KiB')
    .register(facts, {
      name: 'window',
      placeholder: '<size>',
      description:
        'Bytes under way at most in each direction of a stream. Larger is faster over distant links, and takes more memory.',
      unit: 'bytes',
    }),
  pingIntervalMs: duration({ min: 100, max: longestMs }).prefault('15s').register(facts, {
    name: 'ping-interval',
    placeholder: '<duration>',
    description: 'How often workers are pinged; one that is silent for nearly two intervals is gone.',
    unit: 'milliseconds',
  }),
  sessionGraceMs: duration({ min: 0, max: longestMs }).prefault('20s').register(facts, {
    name: 'session-grace',
    placeholder: '<duration>',
    description:
      'How long a worker whose connection broke may take to come back to its requests, which go on where they stopped; 0 lets them fail at once.',
    unit: 'milliseconds',
  }),
  maxSlotsPerWorker: wholeNumber({ min: 1, max: 1024 }).prefault('100').register(facts, {
    name: 'max-slots-per-worker',
    placeholder: '<number>',
    description: 'Requests at once on one worker at most, whatever it offers.',
  }),
  maxWorkers: wholeNumber({ min: 1, max: 1024 }).prefault('64').register(facts, {
    name: 'max-workers',
    placeholder: '<number>',
    description: 'Worker connections at most.',
  }),
  balance: choice(['round-robin', 'least-in-flight']).prefault('round-robin').register(facts, {
    name: 'balance',
    placeholder: '<way>',
    description:
      'How requests are spread over the workers: round-robin gives each its turn; least-in-flight prefers who has the least to do, and spares those that are slower than others.',
  }),
  queueLimit: wholeNumber({ min: 0, max: 1_000_000 }).prefault('1000').register(facts, {
    name: 'queue-limit',
    placeholder: '<number>',
    description: 'Requests that may wait at once for a free slot, or for a worker to be ready.',
  }),
  queueTimeoutMs: duration({ min: 1, max: longestMs }).prefault('30s').register(facts, {
    name: 'queue-timeout',
    placeholder: '<duration>',
    description: 'Longest wait of a request for a free slot.',
    unit: 'milliseconds',
  }),
  workerWaitMs: duration({ min: 0, max: longestMs }).prefault('10s').register(facts, {
    name: 'worker-wait',
    placeholder: '<duration>',
    description:
      'How long requests wait while no worker is ready, counted from when one was, or from when it connected: a page that is reloaded is back in time, and one that stays away is reported at once.',
    unit: 'milliseconds',
  }),
  maxAttempts: wholeNumber({ min: 1, max: 10 }).prefault('3').register(facts, {
    name: 'max-attempts',
    placeholder: '<number>',
    description: 'Tries of a request at most, each on another worker if there is one. 1: a request is never tried again.',
  }),
  retrySent: choice(['repeatable', 'all']).prefault('repeatable').register(facts, {
    name: 'retry-sent',
    placeholder: '<calls>',
    description:
      'Which calls are tried again although a worker has sent them to the Gemini API, and got no answer: repeatable ones, which leave nothing behind (generate, count, embed, every GET), or all, so that a file or a cache may be created twice.',
  }),
  failoverWaitMs: duration({ min: 0, max: longestMs }).prefault('3s').register(facts, {
    name: 'failover-wait',
    placeholder: '<duration>',
    description: 'How long an unanswered request waits for a worker that has lost its connection, before another one gets it.',
    unit: 'milliseconds',
  }),
  replayMemoryBytes: size({ min: 0, max: 1024 ** 4 })
    .prefault('64MiB')
    .register(facts, {
      name: 'replay-memory',
      placeholder: '<size>',
      description:
        'Memory for request bodies that may have to be sent again, of all requests together; one may take an eighth. What does not fit goes to the disk, within --replay-disk.',
      unit: 'bytes',
    }),
  replayDiskBytes: size({ min: 0, max: 1024 ** 4 })
    .prefault('1GiB')
    .register(facts, {
      name: 'replay-disk',
      placeholder: '<size>',
      description:
        'Disk space in the data folder for request bodies that may have to be sent again and do not fit into --replay-memory, of all requests together, until their answers begin. A request whose body does not fit here either is not tried again; 0 writes none.',
      unit: 'bytes',
    }),
  shutdownTimeoutMs: duration({ min: 0, max: longestMs }).prefault('30s').register(facts, {
    name: 'shutdown-timeout',
    placeholder: '<duration>',
    description: 'Time that running requests get to finish when the gateway stops.',
    unit: 'milliseconds',
  }),
  apiKey: optionalText('an API key without spaces', /^[\x21-\x7e]{1,512}$/)
    .prefault('')
    .register(facts, {
      name: 'api-key',
      placeholder: '<key>',
      description:
        'Official Gemini API key: starts a keyed worker beside the pages. Prefer the variable, since other users of the machine can see flags. An empty flag switches the keyed worker off.',
      defaultText: 'none',
      alsoReadsVariable: 'GEMINI_API_KEY',
      isSecret: true,
    }),
  upstreamUrl: httpUrl().prefault('https://generativelanguage.googleapis.com').register(facts, {
    name: 'upstream-url',
    placeholder: '<url>',
    description: 'Where the keyed worker sends its calls.',
  }),
  logLevel: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info').register(facts, {
    name: 'log-level',
    placeholder: '<level>',
    description: 'Least serious level that is logged: fatal, error, warn, info, debug, trace, or silent for none.',
  }),
}) satisfies z.ZodType<Config>;

/** A setting with all its names. */
export interface Setting extends SettingFacts {
  readonly key: keyof Config;
  readonly defaultText: string;
  /** `--first-byte-timeout` */
  readonly flag: string;
  /** `GEMINI_PROXY_FIRST_BYTE_TIMEOUT` */
  readonly variable: string;
  /** `firstByteTimeout` */
  readonly member: string;
}

/** All settings, in the order in which people read about them. */
export const settings: readonly Setting[] = configSchema.keyof().options.map((key) => {
  const schema = configSchema.shape[key];
  const known = facts.get(schema);
  if (!known) throw new Error(`Setting ${key} is not described`);
  return {
    ...known,
    key,
    defaultText: known.defaultText ?? (schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : ''),
    flag: `--${known.name}`,
    variable: `${variablePrefix}${known.name.replaceAll('-', '_').toUpperCase()}`,
    member: known.name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
  };
});
