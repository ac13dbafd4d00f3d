import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLevel, LogLine } from '../../../channel/contract.ts';
import { formatTime } from '../../format.ts';
import type { Tone } from '../../parts/StateBadge.tsx';

interface LogLinesProps {
  readonly lines: readonly LogLine[];
  /** Whether the newest line is kept in sight. */
  readonly isFollowing: boolean;
  /** The user scrolled away from the end. */
  readonly onScrolledBack: () => void;
}

const tones: Readonly<Record<LogLevel, Tone>> = { debug: 'idle', info: 'busy', warn: 'attention', error: 'bad' };
/** A line without wrapping; others are measured. */
const usualHeight = 30;

export function LogLines({ lines, isFollowing, onScrolledBack }: LogLinesProps) {
  const { t, i18n } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => usualHeight,
    getItemKey: (index) => lines[index]?.id ?? index,
    overscan: 12,
  });
  const last = lines.length - 1;
  const lastId = lines.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is the reason to scroll, also where their number stays
  useEffect(() => {
    if (isFollowing) virtualizer.scrollToIndex(last, { align: 'end' });
  }, [isFollowing, last, lastId, virtualizer]);
  return (
    <section
      ref={scroller}
      className="card log-lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard, too
      tabIndex={0}
      aria-label={t('pages.logs')}
      onWheel={({ deltaY }) => {
        if (deltaY < 0) onScrolledBack();
      }}
      onKeyDown={({ key }) => {
        if (key === 'ArrowUp' || key === 'PageUp' || key === 'Home') onScrolledBack();
      }}
    >
      <ol style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const line = lines[index];
          return (
            line !== undefined && (
              <li key={key} ref={virtualizer.measureElement} data-index={index} style={{ transform: `translateY(${start}px)` }}>
                <time dateTime={new Date(line.atMs).toISOString()}>{formatTime(line.atMs, i18n.language)}</time>
                <b data-tone={tones[line.level]}>{line.level}</b>
                <span>
                  {line.message} <span className="log-fields">{toText(line.fields)}</span>
                </span>
              </li>
            )
          );
        })}
      </ol>
    </section>
  );
}

function toText(fields: LogLine['fields']): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
