import type { ConsoleWorkerState } from '../channel/contract.ts';
import type { Tone } from './parts/StateBadge.tsx';

export const workerTones: Readonly<Record<ConsoleWorkerState, Tone>> = {
  probing: 'busy',
  ready: 'good',
  paused: 'idle',
  'needs-interaction': 'attention',
  refused: 'bad',
  suspended: 'attention',
  draining: 'idle',
  gone: 'idle',
};
