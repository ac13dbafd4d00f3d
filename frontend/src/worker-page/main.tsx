import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './ui/App.tsx';
import { workerPage } from './worker-page.ts';
import './ui/styles.css';

const root = document.getElementById('root');
if (root === null) throw new Error('The document has no element with the id "root".');
// For the browser's console, and for tests that look for leaks.
Reflect.set(globalThis, 'geminiProxyWorkerPage', workerPage);
workerPage.start();
createRoot(root).render(
  <StrictMode>
    <App model={workerPage} />
  </StrictMode>,
);
