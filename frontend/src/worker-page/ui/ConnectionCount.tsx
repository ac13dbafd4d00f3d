import { connectionBounds } from '../model/settings.ts';

const counts = Array.from(
  { length: connectionBounds.max - connectionBounds.min + 1 },
  (_, index) => connectionBounds.min + index,
);

export function ConnectionCount(props: {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly count: number;
  readonly onCount: (count: number) => void;
}) {
  return (
    <select
      id={props.id}
      aria-describedby={props['aria-describedby']}
      name="connections"
      value={props.count}
      onChange={({ target }) => props.onCount(Number(target.value))}
    >
      {counts.map((count) => (
        <option key={count} value={count}>
          {count}
        </option>
      ))}
    </select>
  );
}
