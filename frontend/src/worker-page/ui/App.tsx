import { useEffect, useState, useSyncExternalStore } from 'react';
import { isAddressInDoubt } from '../model/page-state.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import { ConnectionsCard } from './ConnectionsCard.tsx';
import { Headline } from './Headline.tsx';
import { InFlightCard } from './InFlightCard.tsx';
import { LogPanel } from './LogPanel.tsx';
import { SettingsCard } from './SettingsCard.tsx';
import { TotalsBar } from './TotalsBar.tsx';
import { texts, toLanguage } from './texts.ts';

/** The whole page. It only shows the model: mounting and unmounting change no connection. */
export function App({ model }: { readonly model: WorkerPageModel }) {
  const snapshot = useSyncExternalStore(model.subscribe, () => model.snapshot);
  const [language, setLanguage] = useState(() => toLanguage(navigator.language));
  const text = texts[language];
  const isAsking = snapshot.isActive ? isAddressInDoubt(snapshot.state) : snapshot.state !== 'deployed';
  const isWorking = snapshot.isActive && !isAsking;
  const hasTotals = isWorking || snapshot.totals.served + snapshot.totals.failed > 0;
  const hasLog = hasTotals || snapshot.connections.length > 0;
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = text.pageTitle;
  }, [language, text]);

  return (
    <main className="page">
      <header className="top">
        <Mark />
        <h1>
          GeminiProxy <span className="tagline">{text.tagline}</span>
        </h1>
        <button
          type="button"
          className="quiet"
          lang={language === 'en' ? 'zh' : 'en'}
          onClick={() => setLanguage(language === 'en' ? 'zh' : 'en')}
        >
          {text.switchLanguage}
        </button>
      </header>
      <Headline snapshot={snapshot} text={text} model={model} />
      {isAsking && <SettingsCard snapshot={snapshot} text={text} model={model} />}
      {hasTotals && <TotalsBar totals={snapshot.totals} text={text} />}
      {isWorking && (
        <>
          <ConnectionsCard snapshot={snapshot} text={text} model={model} />
          <InFlightCard snapshot={snapshot} text={text} />
        </>
      )}
      {hasLog && <LogPanel lines={snapshot.log} text={text} model={model} />}
    </main>
  );
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 2c1.4 7.6 6.4 12.6 14 14-7.6 1.4-12.6 6.4-14 14-1.4-7.6-6.4-12.6-14-14C9.6 14.6 14.6 9.6 16 2Z" />
    </svg>
  );
}
