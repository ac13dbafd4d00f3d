import { Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from './Notice.tsx';

/** Something could not be fetched: why, and the way to try again. */
export function LoadFailed({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice tone="bad" isAlert title={t('common.loadFailed')}>
      <p>{error.message}</p>
      <Group mt="sm">
        <Button size="xs" variant="default" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      </Group>
    </Notice>
  );
}
