import { Button, Group, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Setup } from '../../../channel/contract.ts';
import { TryIt } from '../../../model/try-it.ts';
import { formatDuration, formatNumber } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { Notice } from '../../parts/Notice.tsx';
import { useStore } from '../../use-store.ts';

/** A real question through the gateway, and its answer as it streams. */
export function TryItBox({ setup, isReady }: { readonly setup: Setup; readonly isReady: boolean }) {
  const { t } = useTranslation();
  const [tryIt] = useState(() => new TryIt({ fetch: (input, init) => fetch(input, init), now: () => performance.now() }));
  const [prompt, setPrompt] = useState<string>();
  const [model, setModel] = useState(setup.model);
  const state = useStore(tryIt);
  useEffect(() => () => tryIt.stop(), [tryIt]);
  const isAsking = state.is === 'asking';
  const shownPrompt = prompt ?? t('setup.try.example');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void tryIt.ask({ model, prompt: shownPrompt, apiKey: setup.clientKey });
  };
  return (
    <section className="card" aria-labelledby="try-it">
      <Title order={2} size="h4" id="try-it">
        {t('setup.try.title')}
      </Title>
      <Text c="dimmed" size="sm" mb="sm">
        {isReady ? t('setup.try.text') : t('setup.try.notReady')}
      </Text>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Textarea
            label={t('setup.try.prompt')}
            value={shownPrompt}
            onChange={({ currentTarget }) => setPrompt(currentTarget.value)}
            rows={2}
            required
            withAsterisk={false}
            name="prompt"
          />
          <Group align="flex-end" gap="sm">
            <TextInput
              label={t('setup.try.model')}
              value={model}
              onChange={({ currentTarget }) => setModel(currentTarget.value)}
              required
              withAsterisk={false}
              spellCheck={false}
              flex="1 1 12rem"
              maw="20rem"
              name="model"
            />
            {isAsking ? (
              <Button variant="default" leftSection={<Icon name="stop" size={16} />} onClick={() => tryIt.stop()}>
                {t('setup.try.stop')}
              </Button>
            ) : (
              <Button type="submit" leftSection={<Icon name="play" size={16} />} variant={isReady ? 'filled' : 'default'}>
                {t('setup.try.ask')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      <TryItAnswer tryIt={tryIt} />
    </section>
  );
}

function TryItAnswer({ tryIt }: { readonly tryIt: TryIt }) {
  const { t, i18n } = useTranslation();
  const state = useStore(tryIt);
  if (state.is === 'idle') return null;
  const { text, error, firstByteMs, durationMs, usage, finishReason } = state;
  const facts = [
    firstByteMs === undefined ? '' : t('setup.try.firstByte', { duration: formatDuration(firstByteMs, i18n.language) }),
    durationMs === undefined ? '' : t('setup.try.whole', { duration: formatDuration(durationMs, i18n.language) }),
    usage?.totalTokenCount === undefined
      ? ''
      : t('setup.try.tokens', { tokens: formatNumber(usage.totalTokenCount, i18n.language) }),
    finishReason === undefined || finishReason === 'STOP' ? '' : finishReason,
  ].filter((fact) => fact !== '');
  return (
    <Stack gap="xs" mt="md" data-answer={state.is}>
      {state.is === 'asking' && text === '' && <Text c="dimmed">{t('setup.try.asking')}</Text>}
      {text !== '' && (
        <section className="answer" aria-label={t('setup.try.answer')}>
          {text}
          {state.is === 'asking' && <span className="caret" aria-hidden="true" />}
        </section>
      )}
      {error !== undefined && (
        <Notice tone="bad" isAlert title={t('setup.try.failed')}>
          {error}
        </Notice>
      )}
      <Text size="sm" c="dimmed" role="status">
        {state.is === 'answered' && `${t('setup.try.done')} `}
        {state.is === 'stopped' && `${t('setup.try.stopped')} `}
        {facts.join(' · ')}
      </Text>
    </Stack>
  );
}
