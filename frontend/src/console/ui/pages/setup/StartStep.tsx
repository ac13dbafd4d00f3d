import { SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Setup } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { formatDateTime } from '../../format.ts';
import { CodeBlock } from '../../parts/CodeBlock.tsx';
import { Step } from './Step.tsx';

/** Done by whoever reads it. */
export function StartStep({ setup, model }: { readonly setup: Setup; readonly model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  const { version, startedAtMs } = model.session.gateway;
  return (
    <Step
      number={1}
      title={t('setup.start.title')}
      state={{ tone: 'good', text: t('setup.start.done') }}
      isDone
      isCurrent={false}
    >
      <Text mb="sm">{t('setup.start.text', { version, since: formatDateTime(startedAtMs, i18n.language) })}</Text>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <CodeBlock title={t('setup.start.baseUrl')} text={setup.baseUrl} copyLabel={t('setup.start.copyBaseUrl')} wraps />
        <CodeBlock title={t('setup.start.key')} text={setup.clientKey} copyLabel={t('setup.start.copyKey')} wraps />
      </SimpleGrid>
    </Step>
  );
}
