import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDateTime, formatDuration } from '../format.ts';

const everyMs = 5_000;

interface AgeProps {
  readonly sinceMs: number;
  /** `ago`: something happened then; `for`: it has been so since. */
  readonly as: 'ago' | 'for';
}

/** How long ago something was, growing. */
export function Age({ sinceMs, as }: AgeProps) {
  const { t, i18n } = useTranslation();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, []);
  const ageMs = Math.max(0, now - sinceMs);
  // Tenths of seconds would only flicker.
  const shownMs = ageMs < 60_000 ? Math.floor(ageMs / 1_000) * 1_000 : ageMs;
  return (
    <time dateTime={new Date(sinceMs).toISOString()} title={formatDateTime(sinceMs, i18n.language)}>
      {t(`common.${as}`, { age: formatDuration(Math.max(1_000, shownMs), i18n.language) })}
    </time>
  );
}
