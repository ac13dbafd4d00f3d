import { useId, useState } from 'react';
import type { ConnectionRow, PageSnapshot } from '../model/page-snapshot.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import { ConnectionCount } from './ConnectionCount.tsx';
import { ConnectionTableRow } from './ConnectionTableRow.tsx';
import type { Texts } from './texts.ts';

const hinted = ['pause', 'drain', 'cut', 'freeze'] as const;

/** One row for each simulated worker, so that the gateway's balancing and failover can be watched, and provoked. */
export function ConnectionsCard(props: {
  readonly snapshot: PageSnapshot;
  readonly text: Texts;
  readonly model: WorkerPageModel;
}) {
  const { snapshot, text, model } = props;
  const id = useId();
  const [wish, setWish] = useState<boolean>();
  // Who has several connections wants to see what they do; who has one needs the buttons only to undo what they did.
  const areControlsShown = wish ?? (snapshot.connections.length > 1 || snapshot.connections.some(isHeldByUser));
  const mostServed = Math.max(1, ...snapshot.connections.map(({ served }) => served));
  return (
    <section className="card" aria-labelledby={`${id}-title`}>
      <div className="card-head">
        <h2 id={`${id}-title`}>{text.connections}</h2>
        <button type="button" className="small" aria-pressed={areControlsShown} onClick={() => setWish(!areControlsShown)}>
          {text.controls}
        </button>
        <label className="unseen" htmlFor={`${id}-count`}>
          {text.connectionCount}
        </label>
        <ConnectionCount
          id={`${id}-count`}
          aria-describedby={`${id}-hint`}
          count={snapshot.settings.connections}
          onCount={(count) => model.setConnections(count)}
        />
      </div>
      <table className="connections">
        <thead>
          <tr>
            <th scope="col">
              <span aria-hidden="true">#</span>
              <span className="unseen">{text.connectionColumn}</span>
            </th>
            <th scope="col">{text.stateColumn}</th>
            <th scope="col" className="number">
              {text.running}
            </th>
            <th scope="col" className="number">
              {text.served}
            </th>
            <th scope="col" className="number">
              {text.bytesOut}
            </th>
            <th scope="col" className="last">
              {text.lastRequest}
            </th>
            {areControlsShown && (
              <th scope="col">
                <span className="unseen">{text.controls}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {snapshot.connections.map((row) => (
            <ConnectionTableRow
              key={row.number}
              row={row}
              servedShare={row.served / mostServed}
              text={text}
              onAction={areControlsShown ? (action) => model.act(row.number, action) : undefined}
            />
          ))}
        </tbody>
      </table>
      {areControlsShown && (
        <dl className="hint legend">
          {hinted.map((action) => (
            <div key={action}>
              <dt>{text.actions[action]}</dt>
              <dd>{text.actionHints[action]}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="hint" id={`${id}-hint`}>
        {text.connectionCountHint}
      </p>
    </section>
  );
}

function isHeldByUser({ state }: ConnectionRow): boolean {
  return state === 'paused' || state === 'released' || state === 'frozen' || state === 'stopped';
}
