import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestSummary } from '../../../channel/contract.ts';
import { toFragment } from '../../../model/route.ts';
import { formatBytes, formatCount, formatDuration, formatTime } from '../../format.ts';
import { StateBadge } from '../../parts/StateBadge.tsx';
import { toneOf } from '../../request-tone.ts';

interface RequestRowProps {
  readonly request: RequestSummary;
  readonly index: number;
  readonly top: number;
  readonly height: number;
}

/** One request in a line; the whole of it is the link to its details. */
export const RequestRow = memo(function RequestRow({ request, index, top, height }: RequestRowProps) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const { tokensIn, tokensOut } = request;
  const duration = (value: number | null) => (value === null ? '' : formatDuration(value, language));
  const tokens = (value: number | null) => (value === null ? '–' : formatCount(value, language));
  const hasTokens = tokensIn !== null || tokensOut !== null;
  return (
    <tr className="request-row" aria-rowindex={index + 2} style={{ transform: `translateY(${top}px)`, height }}>
      <td data-column="time">{formatTime(request.atMs, language)}</td>
      <td data-column="status">
        <StateBadge tone={toneOf(request)}>{statusText(request, t(`requests.states.${request.state}`))}</StateBadge>
      </td>
      <td data-column="operation">
        <a href={toFragment('requests', request.id)} title={request.path}>
          {request.operation}
        </a>
      </td>
      <td data-column="model">{request.model}</td>
      <td data-column="worker" title={request.workerId ?? undefined}>
        {request.workerId}
      </td>
      <td data-column="firstByte">{duration(request.firstByteMs)}</td>
      <td data-column="duration">{duration(request.durationMs)}</td>
      <td data-column="tokens">{hasTokens && `${tokens(tokensIn)} → ${tokens(tokensOut)}`}</td>
      <td data-column="size">{formatBytes(request.responseBytes, language)}</td>
    </tr>
  );
});

/** A status says more than the word for it. */
function statusText({ state, status }: RequestSummary, word: string): string {
  return status === null || state === 'queued' || state === 'running' || state === 'cancelled' ? word : String(status);
}
