import { Table } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../format.ts';
import { formatValue, type Series } from './series.ts';

interface ChartTableProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

/** Rows that are shown; a day has more steps than anybody reads. */
const mostRows = 60;

/** The numbers of a chart. Nothing of it is made until it is opened. */
export function ChartTable({ title, times, series, format }: ChartTableProps) {
  const { t, i18n } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const rows = times.map((time, index) => ({ time, index })).toReversed();
  return (
    <details className="chart-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('charts.asTable')}</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard, too
        <section className="chart-rows" tabIndex={0} aria-label={title}>
          <Table stickyHeader fz="sm" verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t('charts.time')}</Table.Th>
                {series.map(({ name }) => (
                  <Table.Th key={name} scope="col" ta="right">
                    {name}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.slice(0, mostRows).map(({ time, index }) => (
                <Table.Tr key={time}>
                  <Table.Td>{formatTime(time, i18n.language)}</Table.Td>
                  {series.map(({ name, values }) => (
                    <Table.Td key={name} ta="right">
                      {formatValue(values[index], format)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </details>
  );
}
