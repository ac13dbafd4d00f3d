import type { Totals } from '../model/page-snapshot.ts';
import { formatBytes } from './format.ts';
import type { Texts } from './texts.ts';

export function TotalsBar({ totals, text }: { readonly totals: Totals; readonly text: Texts }) {
  const items = [
    ['served', text.served, totals.served.toLocaleString()],
    ['failed', text.failed, totals.failed.toLocaleString()],
    ['running', text.running, totals.inFlight.toLocaleString()],
    ['received', text.bytesIn, formatBytes(totals.bytesReceived)],
    ['sent', text.bytesOut, formatBytes(totals.bytesSent)],
    ['reconnects', text.reconnects, totals.reconnects.toLocaleString()],
  ] as const;
  return (
    <dl className="totals" aria-label={text.totals}>
      {items.map(([name, label, value]) => (
        <div key={name} className={name === 'failed' && totals.failed > 0 ? 'bad' : ''}>
          <dt>{label}</dt>
          <dd data-total={name}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
