import type { LogLine } from '../model/page-snapshot.ts';
import type { WorkerPageModel } from '../model/worker-page-model.ts';
import { formatClock } from './format.ts';
import type { Texts } from './texts.ts';

/** The last lines of the engines' logs, newest first. Closed, it has no nodes and costs nothing. */
export function LogPanel(props: { readonly lines: readonly LogLine[]; readonly text: Texts; readonly model: WorkerPageModel }) {
  const { lines, text, model } = props;
  return (
    <details className="card log" onToggle={({ currentTarget }) => model.setLogOpen(currentTarget.open)}>
      <summary>
        <h2>{text.log}</h2>
      </summary>
      {lines.length === 0 ? (
        <p className="empty">{text.emptyLog}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <ol lang="en" tabIndex={0}>
          {lines.toReversed().map((line) => (
            <li key={`${line.connection}/${line.sequence}`} className={line.level}>
              <time dateTime={new Date(line.at).toISOString()}>{formatClock(line.at)}</time>
              <span className="origin">#{line.connection}</span>
              <span>{line.text}</span>
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}
