import { useId } from 'react';
import type { PageSnapshot } from '../model/page-snapshot.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import { ConnectionCount } from './ConnectionCount.tsx';
import type { Texts } from './texts.ts';
import { toTone } from './tone.ts';

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
                <span aria-hidden="true" className="track">
                  <span style={{ inlineSize: `${(100 * row.served) / mostServed}%` }} />
                </span>
                {row.served.toLocaleString()}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint" id={`${id}-hint`}>
        {text.connectionCountHint}
      </p>
    </section>
  );
}
