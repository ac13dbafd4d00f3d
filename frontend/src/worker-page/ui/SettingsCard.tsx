import { type ReactNode, type SyntheticEvent, useId, useRef, useState } from 'react';
import { toEndpoint } from '../model/endpoint.ts';
import type { PageSnapshot } from '../model/page-snapshot.ts';
import { parsePairingLink } from '../model/pairing-link.ts';
import { executorNames, toExecutorName } from '../model/settings.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import { ConnectionCount } from './ConnectionCount.tsx';
import type { Texts } from './texts.ts';

/** Where the gateway is and how it knows this page. Shown while not connected. */
export function SettingsCard(props: { readonly snapshot: PageSnapshot; readonly text: Texts; readonly model: WorkerPageModel }) {
  const { snapshot, text, model } = props;
  const { settings, state } = snapshot;
  const [draft, setDraft] = useState(settings);
  const [isTokenShown, setTokenShown] = useState(false);
  const tokenField = useRef<HTMLInputElement>(null);
  const isTokenAsked = state === 'no-token' || state === 'wrong-token';
  const isEndpointWrong = state === 'not-websocket' || state === 'needs-wss';

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const { endpoint, token, account, connections, executor } = draft;
    model.connect({
      endpoint: toEndpoint(endpoint),
      token: token.trim(),
      account: account.trim() || settings.account,
      connections,
      executor,
    });
    if (token.trim() === '') tokenField.current?.focus();
  };

  return (
    <form className="card settings" aria-label={text.settings} onSubmit={submit}>
      <h2>{text.settings}</h2>
      <div className="fields">
        <Field label={text.endpoint} hint={text.endpointHint}>
          {(field) => (
            <input
              {...field}
              name="endpoint"
              inputMode="url"
              spellCheck={false}
              autoCapitalize="none"
              autoComplete="off"
              aria-invalid={isEndpointWrong}
              value={draft.endpoint}
              onChange={({ target }) => setDraft({ ...draft, endpoint: target.value, ...parsePairingLink(target.value) })}
            />
          )}
        </Field>
        <Field label={text.token} hint={text.tokenHint}>
          {(field) => (
            <span className="joined">
              <input
                {...field}
                ref={tokenField}
                name="token"
                type={isTokenShown ? 'text' : 'password'}
                spellCheck={false}
                autoCapitalize="none"
                autoComplete="off"
                aria-invalid={isTokenAsked}
                value={draft.token}
                onChange={({ target }) => setDraft({ ...draft, token: target.value, ...parsePairingLink(target.value) })}
              />
              <button type="button" aria-pressed={isTokenShown} onClick={() => setTokenShown(!isTokenShown)}>
                {isTokenShown ? text.hideToken : text.showToken}
              </button>
            </span>
          )}
        </Field>
        <Field label={text.account} hint={text.accountHint}>
          {(field) => (
            <input
              {...field}
              name="account"
              spellCheck={false}
              autoComplete="off"
              value={draft.account}
              onChange={({ target }) => setDraft({ ...draft, account: target.value })}
            />
          )}
        </Field>
        <Field label={text.connectionCount} hint={text.connectionCountHint}>
          {(field) => (
            <ConnectionCount
              {...field}
              count={draft.connections}
              onCount={(connections) => setDraft({ ...draft, connections })}
            />
          )}
        </Field>
        <Field label={text.executor} hint={text.executorHints[draft.executor]}>
          {(field) => (
            <select
              {...field}
              name="executor"
              value={draft.executor}
              onChange={({ target }) => setDraft({ ...draft, executor: toExecutorName(target.value) })}
            >
              {executorNames.map((name) => (
                <option key={name} value={name}>
                  {text.executors[name]}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <button type="submit" className={state === 'outside' ? '' : 'primary'}>
        {state === 'outside' ? text.connectAnyway : text.connect}
      </button>
    </form>
  );
}

interface FieldAttributes {
  readonly id: string;
  readonly 'aria-describedby': string;
}

function Field(props: {
  readonly label: string;
  readonly hint: string;
  readonly children: (attributes: FieldAttributes) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children({ id, 'aria-describedby': hintId })}
      <span className="hint" id={hintId}>
        {props.hint}
      </span>
    </div>
  );
}
