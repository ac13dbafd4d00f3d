import { Group, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConsoleWorker } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { translateSentence } from '../../../texts/gateway-texts.ts';
import { formatDuration, formatNumber, formatPercent } from '../../format.ts';
import { Age } from '../../parts/Age.tsx';
import { Facts } from '../../parts/Facts.tsx';
import { StateBadge } from '../../parts/StateBadge.tsx';
import { useGatewayTexts } from '../../use-gateway-texts.ts';
import { workerTones } from '../../worker-tone.ts';
import { WorkerActions } from './WorkerActions.tsx';
import { nameOf } from './worker-name.ts';

/** One worker: its state and why, its figures, and its switches. */
export function WorkerCard({ worker, model }: { readonly worker: ConsoleWorker; readonly model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  const { reasons } = useGatewayTexts();
  const language = i18n.language;
  const { state, isPaused, reason, health } = worker;
  const isHeld = isPaused || state === 'paused';
  const isExplained = reason === '' || state === 'ready' || (isPaused && state === 'paused');
  const number = (value: number) => formatNumber(value, language);
  return (
    <article className="card" aria-label={nameOf(worker)} data-worker={worker.id} data-state={state}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm">
        <div>
          <Group gap="xs">
            <Title order={2} size="h5">
              {nameOf(worker)}
            </Title>
            <StateBadge tone={isHeld ? 'idle' : workerTones[state]}>
              {isPaused ? t('workers.paused') : t(`workers.states.${state}`)}
            </StateBadge>
            <Text size="sm" c="dimmed">
              <Age sinceMs={worker.sinceMs} as="for" />
            </Text>
          </Group>
          {state === 'ready' && health !== 'good' && <Text size="sm">{t(`workers.health.${health}`)}</Text>}
          {isPaused && <Text size="sm">{t('workers.pausedHint')}</Text>}
          {!isExplained && <Text size="sm">{translateSentence(reasons, reason)}</Text>}
        </div>
        <WorkerActions worker={worker} model={model} />
      </Group>
      <Facts
        facts={[
          [t('workers.account'), worker.account],
          [t('workers.kind'), t(`workers.kinds.${worker.kind}`)],
          [t('workers.inFlight'), t('workers.ofSlots', { inFlight: number(worker.inFlight), slots: number(worker.slots) })],
          [t('workers.served'), number(worker.served)],
          [t('workers.errorRate'), worker.errorRate === null ? '–' : formatPercent(worker.errorRate, language)],
          [t('workers.latency'), worker.latencyMs === null ? '–' : formatDuration(worker.latencyMs, language)],
        ]}
      />
      <Text size="sm" c="dimmed" mt="sm">
        {t('workers.connected')} <Age sinceMs={worker.connectedAtMs} as="for" /> · <span className="mono">{worker.id}</span>
        {worker.capabilities.length > 0 && ` · ${worker.capabilities.join(', ')}`}
      </Text>
    </article>
  );
}
