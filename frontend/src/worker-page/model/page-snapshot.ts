import type { EndedRequest, InFlightRequest, LogEntry, WorkerSnapshot } from '@gemini-proxy/worker';
import type { ConnectionAction } from './connection.ts';
import type { Way } from './gateway-bridge.ts';
import type { ConnectionState, PageState } from './page-state.ts';
import type { Settings } from './settings.ts';

/** Everything that the page shows. Immutable. */
export interface PageSnapshot {
  readonly state: PageState;
  /** The engine's own words for the state; empty when there are none. */
  readonly detail: string;
  /** Connected or trying to be: the button says "disconnect". */
  readonly isActive: boolean;
  readonly settings: Settings;
  /** How the page reaches the gateway, or tries to. */
  readonly way: Way;
  /** A bridge window may be the way out. */
  readonly isBridgeOffered: boolean;
  /** What the gateway has to admit. */
  readonly origin: string;
  readonly totals: Totals;
  readonly connections: readonly ConnectionRow[];
  /** The oldest ones, at most `maxInFlightRows`. */
  readonly inFlight: readonly InFlightRow[];
  readonly log: readonly LogLine[];
}

export interface Totals {
  readonly served: number;
  readonly failed: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly reconnects: number;
  readonly inFlight: number;
}

export interface ConnectionRow {
  readonly number: number;
  readonly state: ConnectionState;
  readonly detail: string;
  readonly served: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly reconnects: number;
  readonly lastRequest: EndedRequest | undefined;
  /** One for each button, in their order. */
  readonly actions: readonly ConnectionButton[];
}

/** What the user can do to a connection now. */
interface ConnectionButton {
  readonly action: ConnectionAction;
  readonly isPossible: boolean;
}

export interface InFlightRow extends InFlightRequest {
  readonly connection: number;
  readonly elapsedMs: number;
}

export interface LogLine extends LogEntry {
  readonly connection: number;
}

export const maxInFlightRows = 20;
export const maxLogLines = 200;

export const noTotals: Totals = { served: 0, failed: 0, bytesReceived: 0, bytesSent: 0, reconnects: 0, inFlight: 0 };

/** Adds an engine's counters. */
export function addTotals(totals: Totals, snapshot: WorkerSnapshot): Totals {
  return {
    served: totals.served + snapshot.served,
    failed: totals.failed + snapshot.failed,
    bytesReceived: totals.bytesReceived + snapshot.bytesReceived,
    bytesSent: totals.bytesSent + snapshot.bytesSent,
    reconnects: totals.reconnects + snapshot.reconnects,
    inFlight: totals.inFlight + snapshot.inFlight.length,
  };
}

export function toConnectionRow(snapshot: WorkerSnapshot, state: ConnectionState, number: number): ConnectionRow {
  return {
    number,
    state,
    detail: toDetail(snapshot, state),
    served: snapshot.served,
    failed: snapshot.failed,
    inFlight: snapshot.inFlight.length,
    bytesReceived: snapshot.bytesReceived,
    bytesSent: snapshot.bytesSent,
    reconnects: snapshot.reconnects,
    lastRequest: snapshot.lastRequest,
    actions: toButtons(snapshot, state === 'frozen'),
  };
}

const wishedStates: ReadonlySet<ConnectionState> = new Set<ConnectionState>(['paused', 'held', 'draining', 'released', 'frozen']);

/** What the user wished needs no words of the engine. */
function toDetail({ connection, status, connectionReason }: WorkerSnapshot, state: ConnectionState): string {
  if (wishedStates.has(state)) return '';
  return connection === 'connected' ? status.reason : connectionReason;
}

function toButtons({ connection, intake, isReleased }: WorkerSnapshot, isFrozen: boolean): readonly ConnectionButton[] {
  const isStopped = connection === 'stopped';
  const isFree = !isStopped && !isFrozen;
  return [
    { action: intake === 'paused' ? 'resume' : 'pause', isPossible: isFree && intake !== 'draining' },
    { action: isStopped || isReleased ? 'start' : 'drain', isPossible: isStopped || (isFree && intake !== 'draining') },
    { action: 'cut', isPossible: connection === 'connected' && !isFrozen },
    { action: isFrozen ? 'thaw' : 'freeze', isPossible: isFrozen || connection === 'connected' },
  ];
}

/** An engine's snapshot, and the number of its connection. */
export type NumberedSnapshot = readonly [number: number, snapshot: WorkerSnapshot];

export function toInFlightRows(snapshots: readonly NumberedSnapshot[], nowMs: number): readonly InFlightRow[] {
  return snapshots
    .flatMap(([connection, snapshot]) =>
      snapshot.inFlight.map((request) => ({
        ...request,
        connection,
        elapsedMs: Math.max(0, nowMs - request.startedAtMs),
      })),
    )
    .sort((left, right) => left.startedAtMs - right.startedAtMs)
    .slice(0, maxInFlightRows);
}

/** The newest lines of all connections, oldest first. */
export function toLogLines(snapshots: readonly NumberedSnapshot[]): readonly LogLine[] {
  return snapshots
    .flatMap(([connection, snapshot]) => snapshot.log.slice(-maxLogLines).map((entry) => ({ ...entry, connection })))
    .sort((left, right) => left.at - right.at || left.connection - right.connection || left.sequence - right.sequence)
    .slice(-maxLogLines);
}
