import { useTranslation } from 'react-i18next';
import { Notice } from '../../parts/Notice.tsx';

export function NotCaptured() {
  const { t } = useTranslation();
  return (
    <Notice tone="idle" title={t('requests.notCaptured')}>
      {t('requests.notCapturedHint')}
    </Notice>
  );
}
