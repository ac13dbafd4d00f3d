import { Skeleton, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function PageLoading() {
  const { t } = useTranslation();
  return (
    <Stack role="status" aria-label={t('common.loading')}>
      <Skeleton height={28} width={200} />
      <Skeleton height={16} width="55%" />
      <Skeleton height={180} mt="sm" />
      <Skeleton height={120} />
    </Stack>
  );
}
