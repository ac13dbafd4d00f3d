import { Button, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Upload } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { formatBytes, formatPercent } from '../../format.ts';
import { useAction } from '../../parts/use-action.ts';

/** Files on their way: from their program to the gateway, and from there to the Gemini API. */
export function UploadList({ uploads, model }: { readonly uploads: readonly Upload[]; readonly model: ConsoleModel }) {
  const { t } = useTranslation();
  return (
    <section className="card" aria-labelledby="uploads">
      <Title order={2} size="h5" id="uploads" mb="xs">
        {t('files.uploads')}
      </Title>
      <Stack component="ul" className="plain-list" gap="sm">
        {uploads.map((upload) => (
          <UploadLine key={upload.id} upload={upload} model={model} />
        ))}
      </Stack>
    </section>
  );
}

function UploadLine({ upload, model }: { readonly upload: Upload; readonly model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  const { isRunning, error, run } = useAction();
  const { receivedBytes, totalBytes, state } = upload;
  const name = upload.displayName ?? upload.mimeType ?? upload.id;
  const part = totalBytes === null || totalBytes === 0 ? 0 : receivedBytes / totalBytes;
  const received = formatBytes(receivedBytes, i18n.language);
  return (
    <li>
      <Group justify="space-between" gap="sm">
        <Text fw={550} flex="1 1 10rem">
          {name}
        </Text>
        <Text size="sm" c="dimmed">
          {state === 'sending' ? t('files.sending') : t('files.receiving')}{' '}
          {totalBytes === null
            ? received
            : t('files.progress', {
                received,
                total: formatBytes(totalBytes, i18n.language),
                part: formatPercent(part, i18n.language),
              })}
        </Text>
        <Button
          size="compact-sm"
          variant="subtle"
          loading={isRunning}
          aria-label={t('files.cancelUpload', { name })}
          onClick={() => void run(() => model.client.call('cancelUpload', { params: { id: upload.id } }))}
        >
          {t('common.cancel')}
        </Button>
      </Group>
      <Progress value={part * 100} mt={4} aria-label={name} animated={state === 'sending'} />
      {error !== undefined && (
        <Text size="sm" c="var(--bad)" role="alert">
          {error.message}
        </Text>
      )}
    </li>
  );
}
