import type { RequestSummary } from '../channel/contract.ts';
import type { Tone } from './parts/StateBadge.tsx';

export function toneOf({ state, status }: Pick<RequestSummary, 'state' | 'status'>): Tone {
  if (state === 'queued') return 'attention';
  if (state === 'running') return 'busy';
  if (state === 'cancelled') return 'idle';
  return state === 'completed' && (status ?? 0) < 400 ? 'good' : 'bad';
}
