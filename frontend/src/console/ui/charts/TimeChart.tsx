import { useElementSize } from '@mantine/hooks';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatShortTime, formatTime } from '../format.ts';
import { ChartTable } from './ChartTable.tsx';
import { niceTicks, round, runsOf, timeTicks, toPath } from './scale.ts';
import './charts.css';
import { formatValue, type Series } from './series.ts';

interface TimeChartProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** One upon the other, as areas. */
  readonly isStacked?: boolean;
  /** Whether the values are of things that come whole. */
  readonly isWhole?: boolean;
}

const height = 190;
const inset = { left: 58, right: 10, top: 10, bottom: 24 };

/** Lines over time. The same numbers are in a table beside it, for those who do not see lines. */
export function TimeChart({ title, times, series, format, isStacked = false, isWhole = false }: TimeChartProps) {
  const { t, i18n } = useTranslation();
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [hovered, setHovered] = useState<number>();
  const id = useId();
  const layers = isStacked ? stack(series) : series.map(({ values }) => values);
  const max = Math.max(0, ...layers.flat().map((value) => value ?? 0));
  const ticks = niceTicks(max, isWhole ? 1 : 0);
  const top = ticks.at(-1) ?? 1;
  const [from = 0] = times;
  const to = times.at(-1) ?? 1;
  const innerWidth = Math.max(0, width - inset.left - inset.right);
  const innerHeight = height - inset.top - inset.bottom;
  const x = (timeMs: number) => inset.left + (to === from ? 0 : ((timeMs - from) / (to - from)) * innerWidth);
  const y = (value: number) => inset.top + innerHeight - (value / top) * innerHeight;
  const toPoints = (values: readonly (number | null)[]) =>
    values.map((value, index) => (value === null ? undefined : ([x(times[index] ?? from), y(value)] as const)));
  const timeOf = hovered === undefined ? undefined : times[hovered];
  const hasValues = series.some(({ values }) => values.some((value) => value !== null && value !== 0));
  const onMove = (event: React.PointerEvent<SVGSVGElement>) => {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().left - inset.left;
    const index = Math.round((offset / Math.max(1, innerWidth)) * (times.length - 1));
    setHovered(Math.min(times.length - 1, Math.max(0, index)));
  };

  return (
    <figure className="chart card" aria-labelledby={id}>
      <figcaption className="chart-head">
        <strong id={id}>{title}</strong>
        <span className="legend">
          {series.map(({ name, color, values }) => (
            <span key={name}>
              <i style={{ background: color }} />
              {name}
              {timeOf !== undefined && <b>{formatValue(values[hovered ?? 0], format)}</b>}
            </span>
          ))}
          {timeOf !== undefined && <span className="legend-time">{formatTime(timeOf, i18n.language)}</span>}
        </span>
      </figcaption>
      <div ref={ref} className="chart-area">
        {width > 0 && (
          <svg
            width={width}
            height={height}
            role="img"
            aria-label={hasValues ? t('charts.seeTable', { title }) : t('charts.empty', { title })}
            onPointerMove={onMove}
            onPointerLeave={() => setHovered(undefined)}
          >
            {ticks.map((tick) => (
              <g key={tick}>
                <line className="grid" x1={inset.left} x2={width - inset.right} y1={round(y(tick))} y2={round(y(tick))} />
                <text className="tick" x={inset.left - 8} y={round(y(tick)) + 4} textAnchor="end">
                  {hasValues || tick === 0 ? format(tick) : ''}
                </text>
              </g>
            ))}
            {timeTicks(from, to, innerWidth < 360 ? 4 : 6).map((tick) => (
              <text key={tick} className="tick" x={round(x(tick))} y={height - 6} textAnchor="middle">
                {formatShortTime(tick, i18n.language)}
              </text>
            ))}
            {layers.map((values, index) => {
              const { name, color } = series[index] ?? { name: '', color: '' };
              const below = layers[index - 1];
              return (
                <g key={name} style={{ color }}>
                  {(isStacked || index === 0) &&
                    runsOf(toPoints(values).map((point, at) => point && ([...point, at] as const))).map((run) => (
                      <path key={run[0]?.[0]} className={isStacked ? 'band' : 'area'} d={areaOf(run, below, y)} />
                    ))}
                  <path className="line" d={toPath(toPoints(values))} />
                </g>
              );
            })}
            {timeOf !== undefined && (
              <line className="cursor" x1={round(x(timeOf))} x2={round(x(timeOf))} y1={inset.top} y2={height - inset.bottom} />
            )}
          </svg>
        )}
        {!hasValues && <span className="chart-empty">{t('charts.nothing')}</span>}
      </div>
      <ChartTable title={title} times={times} series={series} format={format} />
    </figure>
  );
}

/** Each layer on those before it. */
function stack(series: readonly Series[]): readonly (readonly (number | null)[])[] {
  const sums: number[] = [];
  return series.map(({ values }) =>
    values.map((value, index) => {
      const sum = (sums[index] ?? 0) + (value ?? 0);
      sums[index] = sum;
      return sum;
    }),
  );
}

/** From the line down to the layer below, or to nothing. */
function areaOf(
  run: readonly (readonly [x: number, y: number, at: number])[],
  below: readonly (number | null)[] | undefined,
  y: (value: number) => number,
): string {
  const back = run.toReversed().map(([x, , at]) => [x, y(below?.[at] ?? 0)] as const);
  return `${toPath([...run.map(([x, top]) => [x, top] as const), ...back])}Z`;
}
