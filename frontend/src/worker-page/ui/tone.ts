import type { PageState } from '../model/page-state.ts';

/** How a state feels: the colour of its dot and card. */
export type Tone = 'good' | 'busy' | 'attention' | 'bad' | 'idle';

export function toTone(state: PageState): Tone {
  switch (state) {
    case 'ready':
      return 'good';
    case 'probing':
    case 'connecting':
    case 'reconnecting':
      return 'busy';
    case 'needs-interaction':
    case 'no-token':
    case 'outside':
    case 'unreachable':
    case 'unanswered':
      return 'attention';
    case 'refused':
    case 'hook-absent':
    case 'not-admitted':
    case 'not-allowed':
    case 'blocked':
    case 'no-window':
    case 'wrong-token':
    case 'wrong-version':
    case 'replaced':
    case 'deployed':
    case 'not-websocket':
    case 'needs-wss':
      return 'bad';
    case 'paused':
    case 'held':
    case 'draining':
    case 'released':
    case 'frozen':
    case 'stopped':
      return 'idle';
    default:
      return state satisfies never;
  }
}
