import type { ConnectionAction } from '../model/connection.ts';
import type { ConnectionRow } from '../model/page-snapshot.ts';
import { formatBytes, formatElapsed } from './format.ts';
import { fillIn, type Texts } from './texts.ts';
import { toTone } from './tone.ts';

/** One connection: how it is, what it served, and its buttons where they are wanted. */
export function ConnectionTableRow(props: {
  readonly row: ConnectionRow;
  /** From 0 to 1. */
  readonly servedShare: number;
  readonly text: Texts;
  readonly onAction: ((action: ConnectionAction) => void) | undefined;
}) {
  const { row, servedShare, text, onAction } = props;
  return (
    <tr data-connection={row.number} data-state={row.state}>
      <th scope="row">{row.number}</th>
      <td className="state">
        <span className={`chip ${toTone(row.state)}`} title={row.detail}>
          <span className="dot" aria-hidden="true" />
          {text.shortStates[row.state]}
        </span>
        {row.reconnects > 0 && <span className="aside">{fillIn(text.reconnectedTimes, { count: row.reconnects })}</span>}
      </td>
      <td className="number" data-label={text.running}>
        {row.inFlight}
      </td>
      <td className="number share" data-label={text.served} data-count="served">
        <span aria-hidden="true" className="track">
          <span style={{ inlineSize: `${100 * servedShare}%` }} />
        </span>
        {row.served.toLocaleString()}
      </td>
      <td className="number" data-label={text.bytesOut}>
        {formatBytes(row.bytesSent)}
      </td>
      <td className="last" data-label={text.lastRequest}>
        <LastRequest row={row} />
      </td>
      {onAction !== undefined && (
        <td className="controls">
          <div>
            {row.actions.map(({ action, isPossible }, place) => (
              <button
                // biome-ignore lint/suspicious/noArrayIndexKey: a button that says something else now is still the same, and keeps the focus
                key={place}
                type="button"
                className="small"
                aria-label={fillIn(text.actionOf, { action: text.actions[action], number: row.number })}
                // Not `disabled`: that would take the focus from who works by keyboard.
                aria-disabled={!isPossible}
                onClick={() => isPossible && onAction(action)}
              >
                {text.actions[action]}
              </button>
            ))}
          </div>
        </td>
      )}
    </tr>
  );
}

function LastRequest({ row: { lastRequest } }: { readonly row: ConnectionRow }) {
  if (lastRequest === undefined) return '–';
  const { operation, outcome, durationMs } = lastRequest;
  const isGood = typeof outcome === 'number' && outcome < 400;
  return (
    <>
      {operation.replace(/^models\./, '')} <span className={isGood ? 'origin' : 'failed'}>{outcome}</span>{' '}
      <span className="origin">{formatElapsed(durationMs)}</span>
    </>
  );
}
