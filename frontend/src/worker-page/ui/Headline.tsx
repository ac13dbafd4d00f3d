import type { PageSnapshot } from '../model/page-snapshot.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import { fillIn, type Texts } from './texts.ts';
import { toTone } from './tone.ts';

/** Id of the settings form: the button here submits what is typed there. */
export const settingsFormId = 'gateway-settings';

/** The one thing to know, why it is so, and the one thing to do. */
export function Headline(props: { readonly snapshot: PageSnapshot; readonly text: Texts; readonly model: WorkerPageModel }) {
  const { snapshot, text, model } = props;
  const { title, reason, action } = text.states[snapshot.state];
  const total = snapshot.connections.length;
  const ready = snapshot.connections.filter(({ state }) => state === 'ready').length;
  return (
    <section className={`card headline ${toTone(snapshot.state)}`} data-state={snapshot.state}>
      <div className="said" role="status" aria-live="polite">
        <h2>
          <span className="dot" aria-hidden="true" />
          {title}
        </h2>
        <p>{reason}</p>
        {snapshot.state === 'ready' && total > 1 && <p>{fillIn(text.readyCount, { ready, total })}</p>}
        {action !== '' && (
          <p className="next">
            <strong>{text.nextStep}</strong>
            <span>{action}</span>
          </p>
        )}
      </div>
      {snapshot.detail !== '' && toTone(snapshot.state) !== 'good' && (
        <details className="reason">
          <summary>{text.details}</summary>
          <p lang="en">{snapshot.detail}</p>
        </details>
      )}
      {snapshot.state !== 'deployed' && (
        <div className="act">
          {snapshot.isActive ? (
            <button type="button" onClick={() => model.disconnect()}>
              {text.disconnect}
            </button>
          ) : (
            <button type="submit" form={settingsFormId} className={snapshot.state === 'outside' ? '' : 'primary'}>
              {snapshot.state === 'outside' ? text.connectAnyway : text.connect}
            </button>
          )}
        </div>
      )}
    </section>
  );
}
