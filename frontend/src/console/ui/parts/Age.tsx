import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDateTime, formatDuration } from '../format.ts';

const everyMs = 5_000;

/** How long ago something was, growing. */
export function Age({ sinceMs }: { readonly sinceMs: number }) {
  const { i18n } = useTranslation();
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
      {formatDuration(Math.max(1_000, shownMs), i18n.language)}
    </time>
  );
}
