import type { PageSnapshot } from '../model/page-snapshot.ts';
import { formatBytes, formatElapsed } from './format.ts';
import { fillIn, type Texts } from './texts.ts';

/** The requests that run now, the oldest first. */
export function InFlightCard({ snapshot, text }: { readonly snapshot: PageSnapshot; readonly text: Texts }) {
  const hiddenCount = snapshot.totals.inFlight - snapshot.inFlight.length;
  return (
    <section className="card" aria-label={text.inFlight}>
      <h2>{text.inFlight}</h2>
      {snapshot.inFlight.length === 0 ? (
        <p className="empty">{text.noInFlight}</p>
      ) : (
        <table className="requests">
          <thead>
            <tr>
              <th scope="col">{text.model}</th>
              <th scope="col">{text.operation}</th>
              <th scope="col" className="number">
                {text.bytesIn}
              </th>
              <th scope="col" className="number">
                {text.bytesOut}
              </th>
              <th scope="col" className="number">
                {text.time}
              </th>
            </tr>
          </thead>
          <tbody>
            {snapshot.inFlight.map((request) => (
              <tr key={`${request.connection}/${request.attempt}`}>
                <th scope="row">{request.model ?? '–'}</th>
                <td>
                  {request.operation} <span className="origin">#{request.connection}</span>
                </td>
                <td className="number" data-label={text.bytesIn}>
                  {formatBytes(request.bytesReceived)}
                </td>
                <td className="number" data-label={text.bytesOut}>
                  {formatBytes(request.bytesSent)}
                </td>
                <td className="number" data-label={text.time}>
                  {formatElapsed(request.elapsedMs)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hiddenCount > 0 && <p className="hint">{fillIn(text.moreInFlight, { count: hiddenCount })}</p>}
    </section>
  );
}
