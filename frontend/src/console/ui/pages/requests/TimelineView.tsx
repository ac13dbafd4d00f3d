import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '../../../channel/contract.ts';
import { formatDuration } from '../../format.ts';

/** What happened to the request, and when; the bar shows how its time was spent. */
export function TimelineView({ request }: { readonly request: RequestDetail }) {
  const { t, i18n } = useTranslation();
  const { timeline } = request;
  const wholeMs = Math.max(1, ...timeline.map(({ atMs }) => atMs));
  return (
    <ol className="timeline">
      {timeline.map((point, index) => {
        const nextMs = timeline[index + 1]?.atMs ?? point.atMs;
        // What takes no time is as wide as can be seen, within the bar also at its end.
        const left = `min(${(point.atMs / wholeMs) * 100}%, calc(100% - 3px))`;
        const place = { left, width: `${((nextMs - point.atMs) / wholeMs) * 100}%` };
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: points have no other name, and are only appended
          <li key={index} data-kind={point.kind}>
            <span className="timeline-time">{formatDuration(point.atMs, i18n.language)}</span>
            <span>
              <b>{t(`requests.timeline.${point.kind}`)}</b>
              {point.attempt !== null && point.attempt > 1 && ` · ${t('requests.attempt', { attempt: point.attempt })}`}
              {point.workerId !== null && <span className="mono"> · {point.workerId}</span>}
              {point.note !== null && (
                <Text span size="sm" c="dimmed" display="block">
                  {point.note}
                </Text>
              )}
            </span>
            <span className="timeline-bar" aria-hidden="true">
              <i style={place} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}
