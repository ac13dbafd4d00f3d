import { useId } from 'react';
import type { PageSnapshot } from '../model/page-snapshot.ts';
import { connectionBounds } from '../model/settings.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import type { Texts } from './texts.ts';
import { toTone } from './tone.ts';

const counts = Array.from(
  { length: connectionBounds.max - connectionBounds.min + 1 },
  (_, index) => connectionBounds.min + index,
);

/** One row for each simulated worker, so that the gateway's balancing can be watched. */
export function ConnectionsCard(props: {
  readonly snapshot: PageSnapshot;
  readonly text: Texts;
  readonly model: WorkerPageModel;
}) {
  const { snapshot, text, model } = props;
  const id = useId();
  const mostServed = Math.max(1, ...snapshot.connections.map(({ served }) => served));
  return (
    <section className="card" aria-labelledby={`${id}-title`}>
      <div className="card-head">
        <h2 id={`${id}-title`}>{text.connections}</h2>
        <label htmlFor={`${id}-count`}>{text.connectionCount}</label>
        <select
          id={`${id}-count`}
          name="connections"
          aria-describedby={`${id}-hint`}
          value={snapshot.settings.connections}
          onChange={({ target }) => model.setConnections(Number(target.value))}
        >
          {counts.map((count) => (
            <option key={count} value={count}>
              {count}
            </option>
          ))}
        </select>
      </div>
      {snapshot.connections.length === 0 ? (
        <p className="empty">{text.noConnections}</p>
      ) : (
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
            </tr>
          </thead>
          <tbody>
            {snapshot.connections.map((row) => (
              <tr key={row.number} data-connection={row.number} data-state={row.state}>
                <th scope="row">{row.number}</th>
                <td>
                  <span className={`chip ${toTone(row.state)}`} title={row.detail}>
                    <span className="dot" aria-hidden="true" />
                    {text.shortStates[row.state]}
                  </span>
                </td>
                <td className="number">{row.inFlight}</td>
                <td className="number share">
                  <span aria-hidden="true" className="bar" style={{ inlineSize: `${(100 * row.served) / mostServed}%` }} />
                  <span className="count">{row.served.toLocaleString()}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="hint" id={`${id}-hint`}>
        {text.connectionCountHint}
      </p>
    </section>
  );
}
