import { type Certificate, createCertificate } from './certificate.ts';
import { createFrameHandler } from './frame-server.ts';
import { HostServer } from './host-server.ts';
import { listenSecurely } from './listener.ts';
import { apiName, frameName, hostName } from './origins.ts';
import { type AiStudioSwitches, defaultSwitches } from './switches.ts';
import { createUnhookedHandler, createUnhookedUpgradeHandler } from './unhooked-server.ts';
import { Upstream } from './upstream.ts';

export interface AiStudioOptions {
  /** Base URL of the Gemini API emulator, plain http. */
  upstream: string;
  /** What the emulator takes as the signed-in user's session; only the host page's server knows it. */
  sessionSecret: string;
  /** Folder with the built app: an index.html and its files. */
  appDirectory: string;
  /** Goes to the app as its URL fragment, without `#`: `endpoint=…&token=…`. */
  fragment?: string;
  /**
   * Where Chromium is told that the pages come from. `public`: Local Network Access applies, so that the frame reaches a
   * gateway on loopback only with delegation and permission. Default `loopback`: it does not apply.
   */
  addressSpace?: 'loopback' | 'public';
  switches?: Partial<AiStudioSwitches>;
}

export interface AiStudio extends AsyncDisposable {
  /** The host page, with the fragment that it passes on to the app. */
  url: string;
  /** Origin of the frame; opened at top level it is the app without an active shim. */
  frameOrigin: string;
  tls: Certificate;
  /** What Chromium needs to find these origins and to trust their certificate. */
  chromiumArguments: string[];
  /** The switches as they are now. */
  readonly switches: Readonly<AiStudioSwitches>;
  /** Changes switches; open host pages follow within moments. */
  set(switches: Partial<AiStudioSwitches>): void;
  debugState(): AiStudioDebugState;
  close(): Promise<void>;
}

/** What is open now; all but `hostPages` is 0 at rest. */
export interface AiStudioDebugState {
  hostPages: number;
  calls: number;
  upstreamExchanges: number;
}

/** How many calls Chromium may have open to the host at once; one more stream carries the page's settings. */
export const maxConcurrentCalls = 100;

/** Starts AI Studio, simulated: a host page, the app in a cross-site frame with the fetch hook, and the API without the hook. */
export async function createAiStudio(options: AiStudioOptions): Promise<AiStudio> {
  const switches: AiStudioSwitches = { ...defaultSwitches, ...options.switches };
  const certificate = await createCertificate([hostName, frameName, apiName]);
  const upstream = new Upstream(options.upstream);
  const hostServer = new HostServer({ upstream, sessionSecret: options.sessionSecret, switches });
  const frameHandler = await createFrameHandler(options.appDirectory, switches);
  const [host, frame, api] = await Promise.all([
    listenSecurely({
      certificate,
      maxConcurrentStreams: maxConcurrentCalls + 1,
      handler: hostServer.handler,
      upgradeHandler: hostServer.upgradeHandler,
    }),
    listenSecurely({ certificate, maxConcurrentStreams: maxConcurrentCalls, handler: frameHandler }),
    listenSecurely({
      certificate,
      maxConcurrentStreams: maxConcurrentCalls,
      handler: createUnhookedHandler(upstream),
      upgradeHandler: createUnhookedUpgradeHandler(upstream),
    }),
  ]);
  const ports = { [hostName]: host.port, [frameName]: frame.port, [apiName]: api.port };

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= Promise.all([host.close(), frame.close(), api.close()]).then(() => upstream.close());
    return closing;
  };
  return {
    url: `https://${hostName}/${options.fragment === undefined ? '' : `#${options.fragment}`}`,
    frameOrigin: `https://${frameName}`,
    tls: certificate,
    chromiumArguments: toChromiumArguments(ports, options.addressSpace ?? 'loopback'),
    switches,
    set: (changes) => {
      Object.assign(switches, changes);
      hostServer.pushSettings();
    },
    debugState: () => ({
      hostPages: hostServer.openPageCount,
      calls: hostServer.openCallCount,
      upstreamExchanges: upstream.openCount,
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function toChromiumArguments(ports: Record<string, number>, addressSpace: 'loopback' | 'public'): string[] {
  const rules = Object.entries(ports).map(([name, port]) => `MAP ${name}:443 127.0.0.1:${port}`);
  const overrides = Object.values(ports).map((port) => `127.0.0.1:${port}=public`);
  return [
    `--host-resolver-rules=${rules.join(', ')}`,
    '--ignore-certificate-errors',
    // A proxy from the environment would resolve the names itself.
    '--no-proxy-server',
    ...(addressSpace === 'public' ? [`--ip-address-space-overrides=${overrides.join(',')}`] : []),
  ];
}
