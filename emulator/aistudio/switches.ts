/**
 * Everything about AI Studio that is uncertain, or that differs from day to day, as one set of switches.
 * The defaults are what reverse-engineering notes report; where nothing is known, the kinder behaviour is the default
 * and the text says "assumption". All can be changed while pages are open, by `aiStudio.set()`.
 */
export interface AiStudioSwitches {
  /**
   * When the host page starts to forward calls; until then they stay pending, without an error.
   * `strict`: the user has interacted, and there were 30 trusted mouse moves, or 5 trusted key presses, or the device is mobile.
   * `click`: one trusted press of a pointer or key, in the host page or in the frame. `off`: at once.
   * Assumption: events inside the frame count, because the shim reports them.
   */
  activationGate: 'strict' | 'click' | 'off';
  /** When the frame gets its bootstrap message. Without it every `window.fetch` in the frame hangs. Read when the frame loads. */
  bootstrap: 'at-once' | 'never' | { delayMs: number };
  /** Whether a reload *inside* the frame gets a bootstrap message again. Reported as lost. */
  bootstrapAfterReload: boolean;
  /**
   * Whether aborting a call in the frame (`AbortSignal`, or cancelling the body) stops the host's own call.
   * Assumption: nobody has seen an abort forwarded. `false`: an `AbortSignal` does nothing and the generation runs to its end.
   */
  abortForwarded: boolean;
  /** How far the frame may lag behind before the host stops reading an answer; `null`: no limit. Assumption: none is known. */
  maxFrameLagBytes: number | null;

  /**
   * Whether the frame has `allow="loopback-network; local-network-access"`. Unknown. Read when the host page loads. Matters
   * with `addressSpace: 'public'` only. A permission granted over DevTools works without delegation, unlike a user's.
   */
  loopbackNetworkDelegated: boolean;
  /** Whether the frame may open windows (`sandbox="… allow-popups"`). Read when the host page loads. */
  popupsAllowed: boolean;
  /** Whether the frame's origin is opaque (`null`): a sandbox without `allow-same-origin`. Read when the host page loads. */
  opaqueFrameOrigin: boolean;

  /**
   * Whether the shim relays `new WebSocket('wss://generativelanguage.googleapis.com/…')` through the host page. `missing`: it stays
   * native, and the API refuses it. Read when the frame loads. Assumption: the relay shows no `bufferedAmount`.
   */
  live: 'relayed' | 'missing';

  /** Models that only subscribers may use: 403 when streamed, right when unary. */
  unaryOnlyModels: readonly string[];
  /** Whether `:embedContent` answers 404 (`:batchEmbedContents` works). */
  embedContentMissing: boolean;
  /** Whether `/interactions` answers 404. */
  interactionsMissing: boolean;
  /** Whether a GET with a `key` query is refused with 403. If not, the key is dropped, as it is from every other call. */
  keyQueryRefused: boolean;
  /** Whether uploads that carry a credential are refused with 403. If not, the credential is dropped. */
  uploadCredentialsRefused: boolean;
  /** Whether `x-goog-upload-header-content-type` is lost, so that the type must be in the metadata. */
  uploadTypeHeaderLost: boolean;
  /** Which response headers reach the frame. Assumption: all. */
  responseHeaders: 'all' | 'content-type';

  /** The user's session: `expired` answers every call with 401, `restricted` with 403. */
  session: 'valid' | 'expired' | 'restricted';
  /** How many of the next calls fail with a transient 500; counts itself down. */
  transientFailures: number;
  /** Whether calls are accepted and never answered. */
  callsHang: boolean;
  /** Milliseconds by which every call begins late. */
  callDelayMs: number;
  /** After how many bytes a streamed answer stops, without an end; `null`: never. */
  streamStallsAfterBytes: number | null;
  /** After how many bytes a streamed answer breaks off; `null`: never. */
  streamBreaksAfterBytes: number | null;
  /** Ends a streamed answer after some SSE events with a `google.rpc.Status` element; `null`: not. Assumption: its framing. */
  streamStatus: StreamStatus | null;
}

/** A `google.rpc.Status` that is appended to a streamed answer after HTTP 200. */
export interface StreamStatus {
  code: number;
  message: string;
  afterEvents: number;
}

/** AI Studio as reported, with a signed-in user and no faults. */
export const defaultSwitches: AiStudioSwitches = {
  activationGate: 'strict',
  bootstrap: 'at-once',
  bootstrapAfterReload: false,
  abortForwarded: true,
  maxFrameLagBytes: 1024 * 1024,
  loopbackNetworkDelegated: false,
  popupsAllowed: true,
  opaqueFrameOrigin: false,
  live: 'relayed',
  unaryOnlyModels: [],
  embedContentMissing: true,
  interactionsMissing: true,
  keyQueryRefused: true,
  uploadCredentialsRefused: true,
  uploadTypeHeaderLost: true,
  responseHeaders: 'all',
  session: 'valid',
  transientFailures: 0,
  callsHang: false,
  callDelayMs: 0,
  streamStallsAfterBytes: null,
  streamBreaksAfterBytes: null,
  streamStatus: null,
};
