import type { InFlightRequest, LogEntry, WorkerSnapshot } from '@gemini-proxy/worker';
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

export function toConnectionRow(snapshot: WorkerSnapshot, state: ConnectionState, index: number): ConnectionRow {
  return {
    number: index + 1,
    state,
    detail: snapshot.connection === 'connected' ? snapshot.status.reason : snapshot.connectionReason,
    served: snapshot.served,
    failed: snapshot.failed,
    inFlight: snapshot.inFlight.length,
  };
}

export function toInFlightRows(snapshots: readonly WorkerSnapshot[], nowMs: number): readonly InFlightRow[] {
  return snapshots
    .flatMap((snapshot, index) =>
      snapshot.inFlight.map((request) => ({
        ...request,
        connection: index + 1,
        elapsedMs: Math.max(0, nowMs - request.startedAtMs),
      })),
    )
    .sort((left, right) => left.startedAtMs - right.startedAtMs)
    .slice(0, maxInFlightRows);
}

/** The newest lines of all connections, oldest first. */
export function toLogLines(snapshots: readonly WorkerSnapshot[]): readonly LogLine[] {
  return snapshots
    .flatMap((snapshot, index) => snapshot.log.slice(-maxLogLines).map((entry) => ({ ...entry, connection: index + 1 })))
    .sort((left, right) => left.at - right.at || left.connection - right.connection || left.sequence - right.sequence)
    .slice(-maxLogLines);
}
