import { Anchor, Button, Group, List, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { Setup } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { Icon } from '../../icons.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { Notice } from '../../parts/Notice.tsx';
import { useQuery } from '../../use-store.ts';
import { PageFiles } from './PageFiles.tsx';
import { Step } from './Step.tsx';

const aiStudioUrl = 'https://aistudio.google.com/apps';

/** The worker page goes into an app of the user's own in AI Studio. */
export function PasteStep({ setup, model }: { readonly setup: Setup; readonly model: ConsoleModel }) {
  const { t } = useTranslation();
  const isDone = setup.progress.step !== 'waiting';
  return (
    <Step
      number={2}
      title={t('setup.paste.title')}
      state={isDone ? { tone: 'good', text: t('setup.paste.done') } : { tone: 'busy', text: t('setup.paste.waiting') }}
      isDone={isDone}
      isCurrent={!isDone}
    >
      <Stack gap="md">
        <List type="ordered" spacing="xs" className="numbered">
          <List.Item>
            <Trans
              t={t}
              i18nKey="setup.paste.open"
              components={{ studio: <Anchor href={aiStudioUrl} target="_blank" rel="noreferrer" underline="always" /> }}
            />
          </List.Item>
          <List.Item>{t('setup.paste.put')}</List.Item>
        </List>
        <WaysIn model={model} />
        <Notice tone="idle">{t('setup.paste.noAssistant')}</Notice>
      </Stack>
    </Step>
  );
}

/** The files, to paste or to import. */
function WaysIn({ model }: { readonly model: ConsoleModel }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<'paste' | 'import'>('paste');
  const { value: page, error } = useQuery(model.workerPage);
  if (error !== undefined && page === undefined) return <LoadFailed error={error} onRetry={() => void model.workerPage.load()} />;
  if (page?.isBuilt === false)
    return (
      <Notice tone="attention" title={t('setup.paste.notBuilt')}>
        {t('setup.paste.notBuiltHint')}
      </Notice>
    );
  return (
    <Stack gap="sm">
      <SegmentedControl
        value={way}
        onChange={(value) => setWay(value === 'import' ? 'import' : 'paste')}
        data={[
          { value: 'paste', label: t('setup.paste.byPaste') },
          { value: 'import', label: t('setup.paste.byImport') },
        ]}
        aria-label={t('setup.paste.way')}
      />
      <Text size="sm" c="dimmed">
        {way === 'paste' ? t('setup.paste.byPasteHint') : t('setup.paste.byImportHint')}
      </Text>
      {way === 'import' && (
        <Group>
          <Button
            component="a"
            href={model.client.urlOf('getWorkerPageZip', {})}
            download="gemini-proxy-worker-page.zip"
            leftSection={<Icon name="download" />}
          >
            {t('setup.paste.zip')}
          </Button>
        </Group>
      )}
      {page === undefined ? <Skeleton height={84} /> : <PageFiles files={way === 'paste' ? page.pasteFiles : page.files} />}
    </Stack>
  );
}
