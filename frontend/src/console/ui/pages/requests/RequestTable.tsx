import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestSummary } from '../../../channel/contract.ts';
import { RequestRow } from './RequestRow.tsx';

interface RequestTableProps {
  readonly requests: readonly RequestSummary[];
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  readonly onOlder: () => void;
}

const rowHeights = { wide: 40, narrow: 62 } as const;
const headHeight = 40;
const columns = ['time', 'status', 'operation', 'model', 'worker', 'firstByte', 'duration', 'tokens', 'size'] as const;

/** Only the rows in sight are there; the others are counted. Older ones are fetched when the end comes into sight. */
export function RequestTable({ requests, hasOlder, isLoading, onOlder }: RequestTableProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false });
  const height = isNarrow ? rowHeights.narrow : rowHeights.wide;
  const virtualizer = useVirtualizer({
    count: requests.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => requests[index]?.id ?? index,
    paddingStart: isNarrow ? 0 : headHeight,
    scrollPaddingStart: isNarrow ? 0 : headHeight,
    overscan: 8,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  const isAtEnd = last >= requests.length - 1 && requests.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height is the reason to measure
  useEffect(() => virtualizer.measure(), [virtualizer, height]);
  useEffect(() => {
    if (isAtEnd && hasOlder && !isLoading) onOlder();
  }, [isAtEnd, hasOlder, isLoading, onOlder]);
  return (
    <div ref={scroller} className="card request-scroller" data-narrow={isNarrow || undefined}>
      <table
        className="request-table"
        aria-label={t('pages.requests')}
        aria-rowcount={requests.length + 1}
        style={{ height: virtualizer.getTotalSize() }}
      >
        <thead>
          <tr className="request-row" aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column} scope="col" data-column={column}>
                {t(`requests.columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ index, key, start }) => {
            const request = requests[index];
            return request !== undefined && <RequestRow key={key} request={request} index={index} top={start} height={height} />;
          })}
        </tbody>
      </table>
    </div>
  );
}
