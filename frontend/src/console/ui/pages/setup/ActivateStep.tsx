import { List, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Setup } from '../../../channel/contract.ts';
import { translateSentence } from '../../../texts/gateway-texts.ts';
import { CodeBlock } from '../../parts/CodeBlock.tsx';
import { Notice } from '../../parts/Notice.tsx';
import type { Tone } from '../../parts/StateBadge.tsx';
import { useGatewayTexts } from '../../use-gateway-texts.ts';
import { Step } from './Step.tsx';

const tones: Readonly<Record<Setup['progress']['step'], Tone>> = {
  waiting: 'idle',
  connected: 'busy',
  probing: 'busy',
  'needs-interaction': 'attention',
  refused: 'bad',
  ready: 'good',
};

/** The page gets the pairing link, and one click. */
export function ActivateStep({ setup }: { readonly setup: Setup }) {
  const { t } = useTranslation();
  const { reasons } = useGatewayTexts();
  const { step, reason } = setup.progress;
  return (
    <Step
      number={3}
      title={t('setup.activate.title')}
      state={{ tone: tones[step], text: t(`setup.activate.states.${step}`) }}
      isDone={step === 'ready'}
      isCurrent={step !== 'ready'}
    >
      <Stack gap="md">
        {step !== 'waiting' && (
          <Notice tone={tones[step]} title={t(`setup.activate.headlines.${step}`)}>
            {t(`setup.activate.hints.${step}`)}
            {step === 'refused' && reason !== '' && (
              <Text size="sm" mt={4} className="mono">
                {translateSentence(reasons, reason)}
              </Text>
            )}
          </Notice>
        )}
        <List type="ordered" spacing="xs" className="numbered">
          <List.Item>{t('setup.activate.pair')}</List.Item>
          <List.Item>{t('setup.activate.click')}</List.Item>
        </List>
        <CodeBlock title={t('setup.activate.link')} text={setup.pairing.link} copyLabel={t('setup.activate.copyLink')} wraps />
        <Text size="sm" c="dimmed">
          {t('setup.activate.linkHint')} {t('setup.activate.trouble')}
        </Text>
      </Stack>
    </Step>
  );
}
