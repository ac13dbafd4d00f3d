import type { LastClose, WorkerSnapshot } from '@gemini-proxy/worker';
import { findEndpointProblem } from './endpoint.ts';
import type { Obstacle } from './obstacle.ts';
import type { PagePlace } from './page-environment.ts';
import type { Settings } from './settings.ts';

/** States of one connection, best first: the page's headline is the best of them. */
export const connectionStates = [
  'ready',
  'needs-interaction',
  'probing',
  'refused',
  'hook-absent',
  'paused',
  'held',
  'draining',
  'released',
  'frozen',
  'connecting',
  'reconnecting',
  'not-admitted',
  'not-allowed',
  'unanswered',
  'blocked',
  'unreachable',
  'wrong-token',
  'wrong-version',
  'replaced',
  'stopped',
] as const;

export type ConnectionState = (typeof connectionStates)[number];

/** What the page says of itself in one word: a connection's state, or what keeps it from having one. */
export type PageState = ConnectionState | 'deployed' | 'outside' | 'no-window' | 'no-token' | 'not-websocket' | 'needs-wss';

/** Closes of the gateway after which trying again is in vain. */
const finalCloses: Readonly<Partial<Record<LastClose['code'], ConnectionState>>> = {
  UNAUTHORIZED: 'wrong-token',
  REPLACED: 'replaced',
  UNSUPPORTED_VERSION: 'wrong-version',
};

/** What an obstacle is called while the engine goes on trying. */
const obstacleStates: Readonly<Record<Obstacle, ConnectionState>> = {
  origin: 'not-admitted',
  browser: 'blocked',
  user: 'not-allowed',
  question: 'unanswered',
  absent: 'unreachable',
};

/** `obstacle` is why the last sockets did not open; `undefined` until that is known. */
export function toConnectionState(
  snapshot: Pick<WorkerSnapshot, 'connection' | 'status' | 'intake' | 'isReleased' | 'isHeld' | 'lastClose' | 'refusal'>,
  obstacle: Obstacle | undefined,
): ConnectionState {
  const { lastClose } = snapshot;
  switch (snapshot.connection) {
    case 'connected':
      if (snapshot.intake === 'draining') return 'draining';
      if (snapshot.isReleased) return 'released';
      if (snapshot.intake === 'paused') return 'paused';
      if (snapshot.isHeld && snapshot.status.state === 'ready') return 'held';
      return snapshot.refusal === 'hook-absent' ? 'hook-absent' : snapshot.status.state;
    case 'stopped':
      return (lastClose && finalCloses[lastClose.code]) ?? 'stopped';
    case 'connecting':
    case 'waiting':
      if (lastClose === undefined) return 'connecting';
      if (lastClose.wasOpen) return 'reconnecting';
      return obstacle === undefined ? 'connecting' : obstacleStates[obstacle];
    default:
      return snapshot.connection satisfies never;
  }
}

/** Whether the gateway's address may be what is wrong: the page asks for it although it goes on trying. */
export function isAddressInDoubt(state: PageState): boolean {
  return addressDoubts.has(state);
}

const addressDoubts: ReadonlySet<PageState> = new Set<PageState>([
  'no-window',
  'not-admitted',
  'not-allowed',
  'unanswered',
  'blocked',
  'unreachable',
]);

export function toPageState(place: PagePlace, settings: Settings, states: readonly ConnectionState[]): PageState {
  if (place === 'deployed') return 'deployed';
  const best = connectionStates.find((state) => states.includes(state)) ?? 'stopped';
  const isOutside = place === 'top-level' && settings.kind === 'aistudio';
  // Without the hook the call is refused, and the reason is where the page was opened.
  if (isOutside && (best === 'refused' || best === 'hook-absent' || best === 'stopped')) return 'outside';
  if (best !== 'stopped') return best;
  if (settings.token === '') return 'no-token';
  return findEndpointProblem(settings.endpoint) ?? best;
}
