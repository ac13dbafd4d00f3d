import { Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ErrorCount } from '../../../channel/contract.ts';
import { formatNumber } from '../../format.ts';

/** What went wrong, by its reason, the most frequent first. */
export function ErrorsCard({ errors }: { readonly errors: readonly ErrorCount[] }) {
  const { t, i18n } = useTranslation();
  const most = Math.max(1, ...errors.map(({ count }) => count));
  return (
    <section className="card" aria-labelledby="errors">
      <Title order={2} size="h5" id="errors">
        {t('overview.errors.title')}
      </Title>
      {errors.length === 0 ? (
        <Text c="dimmed" mt={4}>
          {t('overview.errors.none')}
        </Text>
      ) : (
        <ul className="bars">
          {errors.map(({ reason, source, count }) => (
            <li key={`${source} ${reason}`}>
              <span>
                <span className="mono">{reason.replace(/^HTTP_/, 'HTTP ')}</span>{' '}
                <Text span size="sm" c="dimmed">
                  {t(`overview.errors.${source}`)}
                </Text>
              </span>
              <span className="bar" aria-hidden="true">
                <i style={{ width: `${(count / most) * 100}%` }} data-source={source} />
              </span>
              <b>{formatNumber(count, i18n.language)}</b>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
