import { useEffect, useRef } from 'react';
import type { ConnectionAction } from '../model/connection.ts';
import type { PageSnapshot } from '../model/page-snapshot.ts';
import type { PageState } from '../model/page-state.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import { Sentence } from './Sentence.tsx';
import { fillIn, type Texts } from './texts.ts';
import { toTone } from './tone.ts';

/** What a press of a button undoes. */
const remedies: Readonly<Partial<Record<PageState, ConnectionAction>>> = { paused: 'resume', released: 'start', frozen: 'thaw' };

/** The one thing to know, why it is so, and the one thing to do. */
export function Headline(props: { readonly snapshot: PageSnapshot; readonly text: Texts; readonly model: WorkerPageModel }) {
  const { snapshot, text, model } = props;
  const { title, reason, action } = text.states[snapshot.state];
  const places = { origin: snapshot.origin };
  const total = snapshot.connections.length;
  const ready = snapshot.connections.filter(({ state }) => state === 'ready').length;
  const { isActive, settings } = snapshot;
  const heading = useRef<HTMLHeadingElement>(null);
  const wasActive = useRef(isActive);
  const remedy = remedies[snapshot.state];
  useEffect(() => {
    // The button that was pressed is gone: who works by keyboard goes on from here.
    if (wasActive.current !== isActive && document.activeElement === document.body) heading.current?.focus();
    wasActive.current = isActive;
  }, [isActive]);

  return (
    <section className={`card headline ${toTone(snapshot.state)}`} data-state={snapshot.state}>
      <div className="told">
        <div className="said" role="status">
          <h2 ref={heading} tabIndex={-1}>
            <span className="dot" aria-hidden="true" />
            {title}
          </h2>
          <p>
            <Sentence words={fillIn(reason, places)} />
          </p>
          {snapshot.state === 'ready' && total > 1 && <p>{fillIn(text.readyCount, { ready, total })}</p>}
          {action !== '' && (
            <p className="next">
              <strong>{text.nextStep}</strong> <Sentence words={fillIn(action, places)} />
            </p>
          )}
        </div>
        {remedy !== undefined && (
          <button
            type="button"
            className="primary"
            onClick={() => {
              for (const { number, state } of snapshot.connections) if (state === snapshot.state) model.act(number, remedy);
            }}
          >
            {text.actions[remedy]}
          </button>
        )}
        {snapshot.isBridgeOffered && (
          <button type="button" className="primary" onClick={() => model.openBridge()}>
            {text.openBridge}
          </button>
        )}
        {isActive && (
          <p className="where">
            <span>{settings.endpoint}</span>
            <span>{text.ways[snapshot.way]}</span>
            <span>
              {text.account}: {settings.account}
            </span>
          </p>
        )}
        {snapshot.detail !== '' && snapshot.state !== 'ready' && (
          <details className="reason">
            <summary>{text.details}</summary>
            <p lang="en">{snapshot.detail}</p>
          </details>
        )}
      </div>
      {isActive && (
        <button type="button" onClick={() => model.disconnect()}>
          {snapshot.state === 'draining' ? text.disconnectNow : text.disconnect}
        </button>
      )}
    </section>
  );
}
