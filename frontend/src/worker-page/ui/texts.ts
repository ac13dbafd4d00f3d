import type { ConnectionAction } from '../model/connection.ts';
import type { Way } from '../model/gateway-bridge.ts';
import type { ConnectionState, PageState } from '../model/page-state.ts';
import type { ExecutorName } from '../model/settings.ts';
import { en } from './texts-en.ts';
import { zh } from './texts-zh.ts';

/** A state in words: what it is, why, and the one next step, if there is one. */
interface StateText {
  readonly title: string;
  readonly reason: string;
  readonly action: string;
}

export interface Texts {
  readonly pageTitle: string;
  readonly tagline: string;
  readonly switchLanguage: string;
  readonly states: Readonly<Record<PageState, StateText>>;
  readonly shortStates: Readonly<Record<ConnectionState, string>>;
  readonly nextStep: string;
  readonly details: string;
  readonly readyCount: string;
  readonly openBridge: string;
  readonly ways: Readonly<Record<Way, string>>;
  readonly connect: string;
  readonly connectAnyway: string;
  readonly disconnect: string;
  readonly disconnectNow: string;
  readonly served: string;
  readonly failed: string;
  readonly running: string;
  readonly bytesIn: string;
  readonly bytesOut: string;
  readonly reconnects: string;
  readonly totals: string;
  readonly connections: string;
  readonly connectionCount: string;
  readonly connectionCountHint: string;
  readonly connectionColumn: string;
  readonly stateColumn: string;
  readonly lastRequest: string;
  readonly reconnectedTimes: string;
  readonly controls: string;
  readonly actions: Readonly<Record<ConnectionAction, string>>;
  readonly actionOf: string;
  readonly actionHints: Readonly<Record<'pause' | 'drain' | 'cut' | 'freeze', string>>;
  readonly inFlight: string;
  readonly noInFlight: string;
  readonly moreInFlight: string;
  readonly model: string;
  readonly operation: string;
  readonly time: string;
  readonly settings: string;
  readonly endpoint: string;
  readonly endpointHint: string;
  readonly token: string;
  readonly tokenHint: string;
  readonly showToken: string;
  readonly hideToken: string;
  readonly account: string;
  readonly accountHint: string;
  readonly executor: string;
  readonly executors: Readonly<Record<ExecutorName, string>>;
  readonly executorHints: Readonly<Record<ExecutorName, string>>;
  readonly log: string;
  readonly emptyLog: string;
}

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

export const texts: Readonly<Record<Language, Texts>> = { en, zh };

/** Chinese for browsers that prefer it, English for all others. */
export function toLanguage(browserLanguage: string): Language {
  return browserLanguage.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Puts values into the `{places}` of a text. */
export function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
