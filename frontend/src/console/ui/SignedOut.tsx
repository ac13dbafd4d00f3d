import { Button, Code, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { Entry, EntryState } from '../model/entry.ts';
import { Mark } from './icons.tsx';
import { Preferences } from './Preferences.tsx';
import { Notice } from './parts/Notice.tsx';

interface SignedOutProps {
  readonly state: Exclude<EntryState, { is: 'inside' }>;
  readonly entry: Entry;
}

/** Outside: how to get in. */
export function SignedOut({ state, entry }: SignedOutProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const [isTrying, setTrying] = useState(false);
  useEffect(() => {
    document.title = `${t('signIn.title')} · GeminiProxy`;
  }, [t]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTrying(true);
    await entry.signIn(code);
    setTrying(false);
  };
  return (
    <main className="door">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="xs" wrap="nowrap">
          <Mark />
          <Text fw={650} size="lg">
            GeminiProxy
          </Text>
        </Group>
        <Preferences />
      </Group>
      <Stack className="card" mt="lg">
        <Title order={1} size="h3">
          {t('signIn.title')}
        </Title>
        {state.is === 'unreachable' && (
          <Notice tone="bad" isAlert title={t('common.unreachable')}>
            {t('common.unreachableHint')}
          </Notice>
        )}
        {state.is === 'signed-out' && state.why === 'code-refused' && (
          <Notice tone="attention" isAlert title={t('signIn.refused')}>
            {t('signIn.refusedHint')}
          </Notice>
        )}
        {state.is === 'signed-out' && state.why === 'ended' && (
          <Notice tone="idle" title={t('signIn.ended')}>
            {t('signIn.endedHint')}
          </Notice>
        )}
        <Text>
          <Trans t={t} i18nKey="signIn.how" components={{ code: <Code /> }} />
        </Text>
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="sm">
            <TextInput
              label={t('signIn.link')}
              description={t('signIn.linkHint')}
              value={code}
              onChange={({ currentTarget }) => setCode(currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              required
              withAsterisk={false}
            />
            <Group>
              <Button type="submit" loading={isTrying}>
                {t('signIn.enter')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Stack>
    </main>
  );
}
