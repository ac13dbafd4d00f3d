import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createConsoleClient } from './channel/contract.ts';
import { Entry } from './model/entry.ts';
import { startTexts } from './texts/i18n.ts';
import { App } from './ui/App.tsx';
import '@mantine/core/styles.css';
import './ui/styles.css';

const root = document.getElementById('root');
if (root === null) throw new Error('The document has no element with the id "root".');

// A gateway of another version has other files: the page is fetched anew, unless it has just been.
const settlingMs = 10_000;
addEventListener('vite:preloadError', () => {
  if (performance.now() > settlingMs) location.reload();
});

const entry = new Entry(createConsoleClient({ baseUrl: '', fetch: (input, init) => fetch(input, init) }));
await Promise.all([startTexts(), entry.enter(location)]);
createRoot(root).render(
  <StrictMode>
    <App entry={entry} />
  </StrictMode>,
);
